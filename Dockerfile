# syntax=docker/dockerfile:1
# The queue handler with its workers: docs/operating.md says how the image is used. To pin a base by its content as well,
# give its digest: --build-arg PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:...
ARG NODE_IMAGE=node:22.20.0-bookworm-slim
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

# The handler: built with the packages of the development, and left with those that it runs with.
FROM ${NODE_IMAGE} AS handler
WORKDIR /app/queue-handler
COPY queue-handler/package.json queue-handler/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY queue-handler/tsconfig.json queue-handler/run.schema.json ./
COPY queue-handler/src ./src
COPY queue-handler/scripts ./scripts
COPY queue-handler/support ./support
COPY queue-handler/web ./web
COPY schemas /app/schemas
RUN npm run --silent build
# Beside the bundle only what it does not hold: the embedded database's files, and the Node that the package brings.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error && rm -rf dist/src dist/scripts dist/support

# The workers' packages, each pinned by its hash. pip is gone where they run.
FROM ${PYTHON_IMAGE} AS workers
WORKDIR /app
COPY requirements.txt requirements-pip.txt ./
RUN python -m venv .venv \
  && .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes -r requirements-pip.txt \
  && .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes -r requirements.txt \
  && .venv/bin/python -m pip uninstall --quiet --yes setuptools pip
COPY workers ./workers
RUN .venv/bin/python -m compileall -q .venv/lib workers

FROM ${PYTHON_IMAGE}
# An init, which reaps what a worker leaves behind.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --system --gid 10001 probe-queue \
  && useradd --system --uid 10001 --gid probe-queue --home-dir /data --no-create-home --shell /usr/sbin/nologin probe-queue \
  && install --directory --owner=probe-queue --group=probe-queue --mode=0700 /data
WORKDIR /app
COPY --from=workers /app/.venv ./.venv
COPY --from=workers /app/workers ./workers
COPY --from=handler /app/queue-handler/node_modules ./queue-handler/node_modules
COPY --from=handler /app/queue-handler/dist ./queue-handler/dist
COPY schemas ./schemas
COPY queue-handler/queue queue-handler/package.json queue-handler/run.schema.json ./queue-handler/
COPY deploy/healthcheck.mjs LICENSE ./
# Turns that the database does not take wait in the volume, which outlives the container.
ENV QUEUE_DATA=/data \
    XDG_STATE_HOME=/data/state \
    QUEUE_METRICS_PORT=9464 \
    PYTHONDONTWRITEBYTECODE=1
VOLUME ["/data"]
USER 10001:10001
WORKDIR /data
# Longer than QUEUE_GRACE_SECONDS must `docker stop --time` be, and stop_grace_period in compose.yaml is.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["/app/queue-handler/node_modules/.bin/node", "/app/healthcheck.mjs"]
ENTRYPOINT ["/usr/bin/tini", "--", "/app/queue-handler/queue"]
CMD ["work"]

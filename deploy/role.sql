-- The role of the handlers and of the commands, and all that it may do: run by an owner of the database, in the database.
--   QUEUE_DATABASE_PASSWORD=... psql --set ON_ERROR_STOP=1 --file deploy/role.sql "postgres://.../probes"
-- psql 15 or newer.
\getenv password QUEUE_DATABASE_PASSWORD
CREATE ROLE probes LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
-- It makes the schemas probe_queue and probe_runs and owns them; no right to anything else is needed.
SELECT format('GRANT CONNECT, CREATE ON DATABASE %I TO probes', current_database()) \gexec

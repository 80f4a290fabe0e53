/** The application: which page stands for which address. */
import { render, type VNode } from 'preact';
import { useEffect, useErrorBoundary } from 'preact/hooks';
import './styles/base.css';
import './styles/parts.css';
import './styles/matrix.css';
import './styles/conversation.css';
import './styles/analysis.css';
import './styles/print.css';
import { useAddress } from './address.js';
import { AskError, keepToken } from './data.js';
import { isExport } from './files.js';
import { AnalysisPage } from './pages/analysis.js';
import { ConversationPage } from './pages/conversation.js';
import { RunPage } from './pages/run.js';
import { RunsPage } from './pages/runs.js';
import { SidePage } from './pages/side.js';
import { TranscriptPage } from './pages/transcript.js';
import { VersusPage } from './pages/versus.js';
import { applyTheme, Frame, RUNS, readTheme, Trouble } from './parts/frame.js';

function Application(): VNode {
  const { path, words } = useAddress();
  const place = path.slice(0, 3).join('/');
  useEffect(() => {
    scrollTo(0, 0);
  }, [place]);
  return (
    <Guarded key={place}>
      <Page path={path} words={words} />
    </Guarded>
  );
}

/** What an earlier version stored may lack what a page wants: it says so, in place of showing nothing. */
function Guarded({ children }: { children: VNode }): VNode {
  const [error] = useErrorBoundary();
  return error === undefined ? (
    children
  ) : (
    <Frame title="Not shown" crumbs={[RUNS]}>
      <h1>This page cannot be shown</h1>
      <Trouble error={new AskError(String((error as Error).message ?? error), 0)} again={() => location.reload()} />
    </Frame>
  );
}

function Page({ path: [kind, id = '', part], words }: { path: string[]; words: URLSearchParams }): VNode {
  switch (kind) {
    case undefined:
      return <RunsPage />;
    case 'run':
      switch (part) {
        case undefined:
          return <RunPage run={id} words={words} />;
        case 'conversation':
          return <ConversationPage run={id} words={words} />;
        case 'side':
          return <SidePage run={id} words={words} />;
        case 'analysis':
          return <AnalysisPage run={id} words={words} />;
      }
      break;
    case 'versus':
      return <VersusPage words={words} />;
    case 'transcript':
      return <TranscriptPage id={id} />;
  }
  return (
    <Frame title="Nothing here" crumbs={[RUNS]}>
      <p>There is no page of this address.</p>
    </Frame>
  );
}

if (!isExport) {
  keepToken();
}
applyTheme(readTheme());
const root = document.getElementById('app');
if (root !== null) {
  render(<Application />, root);
}

/** The application: which page stands for which address. */
import { render, type VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import './styles/base.css';
import './styles/parts.css';
import './styles/matrix.css';
import './styles/conversation.css';
import './styles/analysis.css';
import './styles/print.css';
import { useAddress } from './address.js';
import { keepToken } from './data.js';
import { isExport } from './files.js';
import { AnalysisPage } from './pages/analysis.js';
import { ConversationPage } from './pages/conversation.js';
import { RunPage } from './pages/run.js';
import { RunsPage } from './pages/runs.js';
import { SidePage } from './pages/side.js';
import { TranscriptPage } from './pages/transcript.js';
import { VersusPage } from './pages/versus.js';
import { applyTheme, Frame, RUNS, readTheme } from './parts/frame.js';

function Application(): VNode {
  const { path, words } = useAddress();
  const [kind, id = '', part] = path;
  const place = `${kind}/${id}/${part}`;
  useEffect(() => {
    scrollTo(0, 0);
  }, [place]);
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

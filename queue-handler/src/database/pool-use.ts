/** How far the connections of one pool are in use, at this moment. */
export interface PoolUse {
  name: 'runs' | 'queue' | 'embedded';
  used: number;
  idle: number;
  /** Statements that wait for a connection. */
  waiting: number;
}

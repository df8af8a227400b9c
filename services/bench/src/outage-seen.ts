// What the answers of an outage amount to.

/** One request. Times are moments by the laboratory's own clock, in milliseconds. */
export interface Probe {
  readonly sentMs: number;
  readonly answeredMs: number;
  /** 0 when no answer came. */
  readonly status: number;
}

export interface OutageSeen {
  /** From the fault to the first 503. Null when there was none. */
  readonly firstRefusalMs: number | null;
  /** The longest that a request waited which was sent during the outage. */
  readonly slowestMs: number;
  /** Requests sent during the outage, by the status that they got in the end; `none` for no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  /**
   * From Redis' return to the first answer after which all were right. Null when the last one still was not. As all
   * requests are sent 20 ms apart, it is no finer than that.
   */
  readonly wellAgainMs: number | null;
}

export function seenIn(
  probes: readonly Probe[],
  { awayMs, backMs }: { readonly awayMs: number; readonly backMs: number },
): OutageSeen {
  const sentMeanwhile = probes.filter(({ sentMs }) => sentMs >= awayMs && sentMs < backMs);
  const refused = probes.filter(({ status, answeredMs }) => status === 503 && answeredMs >= awayMs);
  const statuses: Record<string, number> = {};
  for (const { status } of sentMeanwhile) {
    const name = status === 0 ? 'none' : String(status);
    statuses[name] = (statuses[name] ?? 0) + 1;
  }
  return {
    firstRefusalMs:
      refused.length === 0 ? null : Math.min(...refused.map(({ answeredMs }) => answeredMs)) - awayMs,
    slowestMs: Math.max(0, ...sentMeanwhile.map(({ sentMs, answeredMs }) => answeredMs - sentMs)),
    statuses,
    wellAgainMs: wellAgain(probes, backMs),
  };
}

function wellAgain(probes: readonly Probe[], backMs: number): number | null {
  const after = probes.filter(({ sentMs }) => sentMs >= backMs).toSorted((a, b) => a.sentMs - b.sentMs);
  const lastWrong = after.findLastIndex(({ status }) => status !== 200);
  const firstRight = after[lastWrong + 1];
  return firstRight === undefined ? null : firstRight.answeredMs - backMs;
}

// What the answers during and after an outage amount to.

/** One request. Moments are by the bench's own clock, in milliseconds. */
export interface Probe {
  readonly sentMs: number;
  readonly answeredMs: number;
  /** 0 when no answer came. */
  readonly status: number;
}

export interface OutageSummary {
  /** From the fault to the first 503. Null when there was none. */
  readonly first503Ms: number | null;
  /** The longest that a request waited which was sent during the outage. */
  readonly slowestMs: number;
  /** Requests sent during the outage, by the status that they got in the end; `none` for no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  /**
   * From Redis' return to the first answer from which on all were 200. Null when the last one still was not. Requests are
   * sent 20 ms apart, so it is no finer than that.
   */
  readonly recoveryMs: number | null;
}

/** @param outage the moments when Redis went down and when it was back */
export function summarizeOutage(
  probes: readonly Probe[],
  outage: { readonly downMs: number; readonly backMs: number },
): OutageSummary {
  const sentMeanwhile = probes.filter(({ sentMs }) => sentMs >= outage.downMs && sentMs < outage.backMs);
  const refused = probes.filter(({ status, answeredMs }) => status === 503 && answeredMs >= outage.downMs);
  const statuses: Record<string, number> = {};
  for (const { status } of sentMeanwhile) {
    const name = status === 0 ? 'none' : String(status);
    statuses[name] = (statuses[name] ?? 0) + 1;
  }
  return {
    first503Ms:
      refused.length === 0 ? null : Math.min(...refused.map(({ answeredMs }) => answeredMs)) - outage.downMs,
    slowestMs: Math.max(0, ...sentMeanwhile.map(({ sentMs, answeredMs }) => answeredMs - sentMs)),
    statuses,
    recoveryMs: recoveryMs(probes, outage.backMs),
  };
}

function recoveryMs(probes: readonly Probe[], backMs: number): number | null {
  const after = probes.filter(({ sentMs }) => sentMs >= backMs).toSorted((a, b) => a.sentMs - b.sentMs);
  const lastWrong = after.findLastIndex(({ status }) => status !== 200);
  const firstRight = after[lastWrong + 1];
  return firstRight === undefined ? null : firstRight.answeredMs - backMs;
}

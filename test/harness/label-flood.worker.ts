/** A Worker around the edge's own recorder, for workerd: counts under as many label values as it is asked for, none of which ever came before. */
import { Recorder } from "../../edge/metrics/recorder.ts";

const recorder = new Recorder("00000000-0000-4000-8000-000000000001");
let next = 0;
let nowMs = 0;

// oxlint-disable-next-line import/no-default-export -- a Worker's handler is its default export
export default {
  /** `?values=100000`; answers with how many series the flush after it holds. */
  async fetch(request: Request): Promise<Response> {
    const values = Number(new URL(request.url).searchParams.get("values"));
    for (let count = 0; count < values; count++) {
      const value = `value-${next++}`;
      recorder.add("predictions_total", { model: value, version: value });
      recorder.observe("http_request_duration_seconds", { method: "GET", endpoint: value }, 0.01);
    }
    let series: [string, number][] = [];
    await recorder.flush((nowMs += 10_000), async (flush) => void (series = flush.counters));
    const counted = series.filter(([text]) => text.startsWith("predictions_total{")).reduce((sum, [, value]) => sum + value, 0);
    return Response.json({ series: series.length, counted });
  },
};

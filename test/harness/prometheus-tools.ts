/** Debian's promtool and amtool, where they are installed. Not the servers themselves. */
import { spawn, spawnSync } from "node:child_process";

export const HAS_PROMTOOL = answers("promtool");
export const HAS_AMTOOL = answers("amtool");

/** Said where tests are skipped. */
export const WITHOUT_TOOLS =
  "needs Debian's prometheus and prometheus-alertmanager: apt-get install prometheus prometheus-alertmanager";

export interface ToolRun {
  exitCode: number;
  /** Standard output and error, in the order of arrival. */
  output: string;
}

export function runTool(command: "promtool" | "amtool", parameters: string[]): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const tool = spawn(command, parameters, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [tool.stdout, tool.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    tool.once("error", reject);
    tool.once("close", (code) => resolve({ exitCode: code ?? -1, output }));
  });
}

function answers(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

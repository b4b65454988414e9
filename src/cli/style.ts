/** Select Graphic Rendition codes of ECMA-48. */
const STYLES = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33", cyan: "36", alarm: "1;97;41" } as const;

export type Style = keyof typeof STYLES;

export function paint(text: string, style: Style, isColoured: boolean): string {
  return isColoured ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}

/** Whether a terminal is to get colours: https://no-color.org, and terminals that know none. */
export function wantsColour(stream: { isTTY?: boolean }): boolean {
  const { NO_COLOR: noColour, TERM: term } = process.env;
  return stream.isTTY === true && (noColour === undefined || noColour === "") && term !== "dumb";
}

/** Columns that a text takes at most: what is not ASCII may be two columns wide. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += char <= "\u007e" ? 1 : 2;
  return width;
}

/** The text cut to `columns`, with `…` where something is missing. It is not to hold escapes. */
export function fitted(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let width = 2;
  let kept = "";
  for (const char of text) {
    width += widthOf(char);
    if (width > columns) break;
    kept += char;
  }
  return `${kept}…`;
}

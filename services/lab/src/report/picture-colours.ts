// The pictures' colours, for a light and a dark page. The picture itself asks which of them it stands on, so that one
// file is right in a README, in a browser and in an editor.

/** What a colour says; never what it looks like. */
export const colours = {
  paper: { light: '#ffffff', dark: '#0d1117' },
  ink: { light: '#1f2328', dark: '#e6edf3' },
  quiet: { light: '#59636e', dark: '#9198a1' },
  rule: { light: '#d1d9e0', dark: '#3d444d' },
  load: { light: '#dfe3e8', dark: '#30363d' },
  // Blue and vermilion stay apart for every kind of colour blindness (Okabe and Ito, "Color Universal Design", 2008),
  // and on paper: one is much darker than the other. Darkened and lightened to be legible as letters, too.
  known: { light: '#0072b2', dark: '#56b4e9' },
  lost: { light: '#e08a4a', dark: '#a84b16' },
  lostInWords: { light: '#b34700', dark: '#f0883e' },
} as const;

export type Colour = keyof typeof colours;

/**
 * A rule for each colour that replaces it where the reader prefers dark. Colours stand in the picture as attributes,
 * which every program that shows SVG understands and which any style sheet overrides.
 */
export function darkStyleSheet(): string {
  const rules = Object.values(colours).flatMap(({ light, dark }) => [
    `[fill="${light}"]{fill:${dark}}`,
    `[stroke="${light}"]{stroke:${dark}}`,
  ]);
  return `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
}

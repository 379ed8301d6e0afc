/**
 * A text in which the cases of letters are alike. Each letter is folded for itself, as AWS compares them: what a Greek
 * sigma becomes in lower case otherwise depends on the letters around it.
 */
export function foldCase(text: string): string {
  if (!text.includes('Σ')) return text.toLowerCase();
  return Array.from(text, (letter) => letter.toLowerCase()).join('');
}

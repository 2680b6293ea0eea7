// An amount typed in yuan, in Chinese capitals below the field: <p data-words-of="id_amount">. Same rules as money.py.
const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const UNITS = ["", "拾", "佰", "仟"];
const GROUPS = ["", "万", "亿", "万亿"];

function group(value) {
  let words = "";
  let gap = false;
  for (let place = 3; place >= 0; place--) {
    const digit = Math.floor(value / 10 ** place) % 10;
    if (!digit) gap = words !== "";
    else {
      words += (gap ? "零" : "") + DIGITS[digit] + UNITS[place];
      gap = false;
    }
  }
  return words;
}

export function capitals(fen) {
  let yuan = fen / 100n;
  const jiao = Number((fen / 10n) % 10n);
  const rest = Number(fen % 10n);
  const groups = [];
  for (; yuan > 0n; yuan /= 10000n) groups.push(Number(yuan % 10000n));
  if (groups.length > GROUPS.length) return "";
  let words = "";
  for (let at = groups.length - 1; at >= 0; at--) {
    if (!groups[at]) continue;
    if (words && (groups[at] < 1000 || !groups[at + 1])) words += "零";
    words += group(groups[at]) + GROUPS[at];
  }
  if (words) words += "元";
  if (!jiao && !rest) return (words || "零元") + "整";
  if (jiao) words += DIGITS[jiao] + "角";
  else if (words) words += "零";
  return rest ? words + DIGITS[rest] + "分" : words;
}

function write(output) {
  const input = document.getElementById(output.dataset.wordsOf);
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec((input?.value ?? "").replace(/[,，\s¥]/g, ""));
  output.textContent = match ? capitals(BigInt(match[1]) * 100n + BigInt((match[2] ?? "").padEnd(2, "0"))) : "";
}

document.addEventListener("input", (event) => {
  const output = event.target.id && document.querySelector(`[data-words-of="${CSS.escape(event.target.id)}"]`);
  if (output) write(output);
});
document.querySelectorAll("[data-words-of]").forEach(write);

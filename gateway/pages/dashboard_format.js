/** Numbers and times as people read them. Pure; what is not known is an en dash. */

export const unknown = "–";
const is_number = Number.isFinite;

/** At most three figures and a letter: 0, 0.5, 12, 999, 1.2k, 15k, 3.4M. */
export function short_number(value) {
  if (!is_number(value)) return unknown;
  if (value < 0) return `-${short_number(-value)}`;
  let rest = value;
  for (const letter of ["", "k", "M", "G", "T"]) {
    const digits = rest < 10 && (letter !== "" || !Number.isInteger(rest)) ? 1 : 0;
    const text = rest.toFixed(digits);
    if (Number(text) < 1000 || letter === "T") return text.replace(/\.0$/, "") + letter;
    rest /= 1000;
  }
  return unknown;
}

/** Every figure, in groups of three: 12,345. */
export const whole_number = (value) => (is_number(value) ? Math.round(value).toLocaleString("en-US") : unknown);

/** Milliseconds with their unit: 0.12 ms, 4.2 ms, 250 ms, 1.25 s, 32 s. */
export function short_ms(value) {
  if (!is_number(value)) return unknown;
  if (value === 0) return "0 ms";
  if (value < 0.995) return `${value.toFixed(2)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} ms`;
  if (value < 999.5) return `${value.toFixed(0)} ms`;
  if (value < 9_995) return `${(value / 1000).toFixed(2)} s`;
  return short_duration(value / 1000);
}

/** Seconds in their two largest units: 8 s, 2 min 5 s, 3 h 20 min, 4 d 2 h. */
export function short_duration(seconds) {
  if (!is_number(seconds)) return unknown;
  const whole = Math.max(0, Math.round(seconds));
  const units = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];
  const first = units.findIndex(([size]) => whole >= size);
  if (first < 0) return "0 s";
  const [size, name] = units[first];
  const words = `${Math.floor(whole / size)} ${name}`;
  const [next_size, next_name] = units[first + 1] ?? [0, ""];
  const next = next_size ? Math.floor((whole % size) / next_size) : 0;
  return next > 0 ? `${words} ${next} ${next_name}` : words;
}

/** Bytes by powers of 1024: 512 B, 30 MiB, 1.4 GiB. */
export function short_bytes(value) {
  if (!is_number(value)) return unknown;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let rest = value, unit = 0;
  for (; rest >= 1023.5 && unit < units.length - 1; ++unit) rest /= 1024;
  return `${rest.toFixed(rest < 9.95 && unit > 0 ? 1 : 0).replace(/\.0$/, "")} ${units[unit]}`;
}

/** The time of day, 24 hours, of milliseconds since 1970: 17:04:05. */
export function clock_time(ms, with_seconds = true) {
  if (!is_number(ms)) return unknown;
  const at = new Date(ms);
  const parts = [at.getHours(), at.getMinutes(), ...(with_seconds ? [at.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** requests_per_minute as "requests per minute". */
export const spaced = (name) => String(name ?? "").replaceAll("_", " ");

/** Words that stay on one line. */
export const unbroken = (text) => text.replaceAll(" ", "\u00a0");

/** "1 stream", "3 streams", "12,000 streams". */
export const counted = (count, noun) => `${whole_number(count)} ${noun}${count === 1 ? "" : "s"}`;

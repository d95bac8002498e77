/* Exact money: decimal text straight from bytes into three integer limbs (whole, 10^-9, 10^-18). Never a float. */
(function (parts) {
  'use strict';

  const OK = 0,
    BAD = 1,
    ABSURD = 2;
  const LIMIT = 1e15;
  const POW10 = Float64Array.from({ length: 23 }, (_, k) => Number('1e' + k));
  /** The limbs of the last parsed value: [whole, nano, atto], each an integer, all of one sign. */
  const limbs = new Float64Array(3);
  /** [decimals of the last value as written (≤ 18), 1 when digits beyond the 18th were rounded away]. */
  const info = new Int32Array(2);

  /** Parse bytes s..e of buf. Returns OK, BAD (no number) or ABSURD (beyond ±10^15); the value is in `limbs`. */
  function parseMoney(buf, s, e) {
    let p = s;
    while (p < e && buf[p] === 32) p++;
    while (e > p && buf[e - 1] === 32) e--;
    const begin = p;
    let negative = false;
    if (p < e && (buf[p] === 45 || buf[p] === 43)) negative = buf[p++] === 45;
    let whole = 0,
      nano = 0,
      atto = 0,
      decimals = 0,
      rounded = 0,
      c = 0;
    let digits = p;
    while (p < e && (c = buf[p] - 48) >= 0 && c <= 9) {
      whole = whole * 10 + c;
      p++;
    }
    digits = p - digits;
    if (p < e && buf[p] === 46) {
      const dot = ++p;
      let stop = Math.min(e, dot + 9);
      while (p < stop && (c = buf[p] - 48) >= 0 && c <= 9) {
        nano = nano * 10 + c;
        p++;
      }
      decimals = p - dot;
      nano *= POW10[9 - decimals];
      if (decimals === 9) {
        stop = Math.min(e, dot + 18);
        while (p < stop && (c = buf[p] - 48) >= 0 && c <= 9) {
          atto = atto * 10 + c;
          p++;
        }
        decimals = p - dot;
        atto *= POW10[18 - decimals];
        if (decimals === 18 && p < e && (c = buf[p] - 48) >= 0 && c <= 9) {
          const first = c;
          let rest = 0;
          digits += 1;
          p++;
          while (p < e && (c = buf[p] - 48) >= 0 && c <= 9) {
            rest |= c;
            p++;
          }
          if (first || rest) rounded = 1;
          if (first > 5 || (first === 5 && (rest || atto % 2 === 1))) {
            if (++atto === 1e9) {
              atto = 0;
              if (++nano === 1e9) {
                nano = 0;
                whole++;
              }
            }
          }
        }
      }
      digits += decimals;
    }
    if (digits === 0) return BAD;
    if (p < e) return (buf[p] | 32) === 101 ? parseExponent(buf, begin, e) : BAD;
    if (whole >= LIMIT && (whole > LIMIT || nano || atto)) return ABSURD;
    if (negative) {
      whole = -whole;
      nano = -nano;
      atto = -atto;
    }
    limbs[0] = whole;
    limbs[1] = nano;
    limbs[2] = atto;
    info[0] = decimals;
    info[1] = rounded;
    return OK;
  }

  /** Text with an exponent (1e-12, 1.5E3): written out plainly, then parsed as such. */
  function parseExponent(buf, s, e) {
    let text = '';
    for (let i = s; i < e; i++) text += String.fromCharCode(buf[i]);
    const match = /^([+-]?)(\d*)\.?(\d*)[eE]([+-]?\d{1,6})$/.exec(text);
    if (!match || !(match[2] + match[3])) return BAD;
    const exponent = Number(match[4]);
    const digits = (match[2] + match[3]).replace(/^0+/, '');
    const point = digits.length - match[3].length + exponent; // digits before the point
    if (!digits) return parseText('0');
    if (point > 16) return ABSURD;
    const plain =
      point <= 0
        ? '0.' + '0'.repeat(Math.min(-point, 40)) + digits
        : digits.slice(0, point).padEnd(point, '0') + '.' + digits.slice(point);
    return parseText(match[1] + plain.replace(/\.$/, ''));
  }

  const scratch = new Uint8Array(2048);
  /** Parse a JavaScript string (see parseMoney). */
  function parseText(text) {
    if (text.length > scratch.length) return BAD;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      scratch[i] = c < 128 ? c : 120;
    }
    return parseMoney(scratch, 0, text.length);
  }

  /** A binary double as its shortest round-trip decimal. The quick path holds because a decimal of at most
   *  15 digits is the only such decimal that rounds to its double. */
  function parseDouble(v) {
    const r = Math.round(v * 1e10);
    if (r <= 1e15 && r >= -1e15 && r / 1e10 === v) {
      const a = r < 0 ? -r : r;
      const whole = Math.floor(a / 1e10);
      let tail = a - whole * 1e10;
      const nano = Math.floor(tail / 10);
      const atto = (tail - nano * 10) * 1e8;
      const sign = r < 0 ? -1 : 1;
      limbs[0] = sign * whole;
      limbs[1] = sign * nano;
      limbs[2] = sign * atto;
      let decimals = 10;
      if (tail === 0) decimals = 0;
      else
        while (tail % 10 === 0) {
          tail /= 10;
          decimals--;
        }
      info[0] = decimals;
      info[1] = 0;
      return OK;
    }
    if (v !== v || v === Infinity || v === -Infinity) return BAD;
    return parseText(String(v));
  }

  /** An unscaled integer (BigInt) with `scale` decimals, as Parquet stores DECIMAL. */
  function parseScaled(unscaled, scale) {
    const negative = unscaled < 0n;
    const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
    const cut = digits.length - scale;
    return parseText((negative ? '-' : '') + digits.slice(0, cut) + (scale ? '.' + digits.slice(cut) : ''));
  }

  /** Decimal text of a sum of limbs, plain, without trailing zeros. Exact for any |limb| < 2^53. */
  function formatLimbs(whole, nano, atto) {
    let total = BigInt(whole) * 10n ** 18n + BigInt(nano) * 10n ** 9n + BigInt(atto);
    const sign = total < 0n ? '-' : '';
    if (total < 0n) total = -total;
    const fraction = (total % 10n ** 18n).toString().padStart(18, '0').replace(/0+$/, '');
    return sign + (total / 10n ** 18n).toString() + (fraction ? '.' + fraction : '');
  }

  /** A quantity (float64, never money) from bytes; NaN when the text is no finite number. */
  function parseNumber(buf, s, e) {
    let p = s,
      negative = false,
      mantissa = 0,
      decimals = 0,
      c = 0;
    if (p < e && (buf[p] === 45 || buf[p] === 43)) negative = buf[p++] === 45;
    let digits = p;
    while (p < e && (c = buf[p] - 48) >= 0 && c <= 9) {
      mantissa = mantissa * 10 + c;
      p++;
    }
    digits = p - digits;
    if (p < e && buf[p] === 46) {
      const dot = ++p;
      while (p < e && (c = buf[p] - 48) >= 0 && c <= 9) {
        mantissa = mantissa * 10 + c;
        p++;
      }
      decimals = p - dot;
      digits += decimals;
    }
    // an integer below 2^53 divided by a power of ten up to 10^22 is correctly rounded
    if (p === e && digits > 0 && mantissa < 9007199254740992 && decimals <= 22) {
      const v = mantissa / POW10[decimals];
      return negative ? -v : v;
    }
    let text = '';
    for (let i = s; i < e; i++) text += String.fromCharCode(buf[i]);
    text = text.trim();
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return NaN;
    const v = Number(text);
    return Number.isFinite(v) ? v : NaN;
  }

  Object.assign(parts, {
    money: { OK, BAD, ABSURD, limbs, info, parseMoney, parseText, parseDouble, parseScaled, formatLimbs, parseNumber },
  });
})((globalThis.CostReaderParts ??= {}));

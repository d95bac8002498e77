/* Instants as bills write them: 2023-11-01T00:00:00.000Z, 2024-10-01 00:00:00, 2024-10-01, with or without an offset. */
(function (parts) {
  'use strict';

  const ABSENT_DAY = -2147483648;
  const DAY = 86400;

  function digits(buf, p, n) {
    let v = 0;
    for (let i = p; i < p + n; i++) {
      const c = buf[i] - 48;
      if (!(c >= 0 && c <= 9)) return -1;
      v = v * 10 + c;
    }
    return v;
  }

  /** Days since 1970-01-01 of a proleptic Gregorian date (civil-from-days, inverted). */
  function daysOf(year, month, day) {
    const y = month <= 2 ? year - 1 : year;
    const era = Math.floor(y / 400);
    const yoe = y - era * 400;
    const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
    return era * 146097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719468;
  }

  /** Seconds since the epoch (UTC) of bytes s..e; NaN when they are no instant. No offset means UTC. */
  function parseTime(buf, s, e) {
    while (s < e && buf[s] === 32) s++;
    while (e > s && buf[e - 1] === 32) e--;
    if (e - s < 10 || buf[s + 4] !== 45 || buf[s + 7] !== 45) return NaN;
    const year = digits(buf, s, 4),
      month = digits(buf, s + 5, 2),
      day = digits(buf, s + 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31) return NaN;
    let seconds = daysOf(year, month, day) * DAY;
    let p = s + 10;
    if (p === e) return seconds;
    if ((buf[p] !== 84 && buf[p] !== 32) || e - p < 6 || buf[p + 3] !== 58) return NaN;
    const hour = digits(buf, p + 1, 2),
      minute = digits(buf, p + 4, 2);
    if (hour < 0 || hour > 24 || minute < 0 || minute > 59) return NaN;
    seconds += hour * 3600 + minute * 60;
    p += 6;
    if (p < e && buf[p] === 58) {
      const second = digits(buf, p + 1, Math.min(2, e - p - 1));
      if (e - p < 3 || second < 0 || second > 60) return NaN;
      seconds += second;
      p += 3;
      if (p < e && buf[p] === 46) {
        const from = ++p;
        while (p < e && buf[p] >= 48 && buf[p] <= 57) p++;
        if (p === from) return NaN;
        // to the microsecond, which is what the native reader keeps
        const n = Math.min(6, p - from);
        seconds += digits(buf, from, n) / 10 ** n;
      }
    }
    while (p < e && buf[p] === 32) p++;
    if (p === e || (e - p === 1 && buf[p] === 90)) return seconds;
    if (e - p === 3 && buf[p] === 85 && buf[p + 1] === 84 && buf[p + 2] === 67) return seconds; // UTC
    if (buf[p] === 43 || buf[p] === 45) {
      const sign = buf[p] === 43 ? 1 : -1;
      const hours = digits(buf, p + 1, 2);
      let q = p + 3;
      if (q < e && buf[q] === 58) q++;
      const minutes = q < e ? digits(buf, q, 2) : 0;
      if (hours < 0 || minutes < 0 || (q < e ? q + 2 : q) !== e) return NaN;
      return seconds - sign * (hours * 3600 + minutes * 60);
    }
    return NaN;
  }

  Object.assign(parts, { times: { ABSENT_DAY, DAY, daysOf, parseTime } });
})((globalThis.CostReaderParts ??= {}));

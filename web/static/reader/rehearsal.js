/* A made-up bill, as CSV and as Parquet, read by a worker that waits for a drop: the code that reads real bills is then compiled, and
   the Parquet modules are loaded. Nothing of it is kept or shown; a real job ends it at once. */
(function (parts) {
  'use strict';

  const RESOURCES = 1100,
    ROWS = 16384,
    ROUNDS = 2,
    HOURS = 15;
  const encoder = new TextEncoder();

  // [column, what its value goes by, how many values it has, the k-th]
  const at = (k, more = 0) => new Date(Date.UTC(2024, 1, 1, k * 7 + more)).toISOString().replace('.000', ''); // every seventh hour: several days
  const amount = (k) => (k * 0.0123456789).toFixed(10);
  const COLUMNS = [
    ['identity/LineItemId', 'line', ROWS, (k) => `line${k * 7919}`],
    ['identity/TimeInterval', 'hour', HOURS, (k) => `${at(k)}/${at(k, 1)}`],
    ['bill/PayerAccountId', 'resource', 1, () => '100000000000'],
    ['bill/BillingPeriodStartDate', 'resource', 1, () => at(0), 'time'],
    ['lineItem/UsageAccountId', 'resource', 12, (k) => `${200000000000 + k}`],
    ['lineItem/LineItemType', 'resource', 2, (k) => ['Usage', 'DiscountedUsage'][k]],
    ['lineItem/UsageStartDate', 'hour', HOURS, (k) => at(k), 'time'],
    ['lineItem/UsageEndDate', 'hour', HOURS, (k) => at(k, 1), 'time'],
    ['lineItem/ProductCode', 'resource', 9, (k) => `AmazonService${k}`],
    [
      'lineItem/UsageType',
      'resource',
      90,
      (k) => `EU-${['BoxUsage', 'DataTransfer-Out', 'TimedStorage', 'Requests-Tier1'][k % 4]}:${k}`,
    ],
    ['lineItem/Operation', 'resource', 7, (k) => `RunInstances:00${k}`],
    [
      'lineItem/ResourceId',
      'resource',
      RESOURCES,
      (k) => (k % 9 ? `arn:aws:ec2:eu-west-1:200000000000:instance/i-${k * 48271}` : ''),
    ],
    ['lineItem/UsageAmount', 'amount', 90, (k) => (k / 8).toFixed(10), 'number'],
    ['lineItem/CurrencyCode', 'resource', 1, () => 'USD'],
    ['lineItem/UnblendedRate', 'resource', 30, amount],
    ['lineItem/UnblendedCost', 'amount', 600, amount, 'number'],
    [
      'lineItem/LineItemDescription',
      'resource',
      40,
      (k) => (k ? `$${k} per hour, first tier` : 'Refund for one-time fee for Savings Plan ID 0'),
    ],
    ['product/ProductName', 'resource', 9, (k) => `Amazon Service ${k}`],
    ...Array.from({ length: 36 }, (_, i) => [
      `product/made-up${i}`,
      'resource',
      1 + (i % 30),
      (k) => (i % 3 ? '' : `value ${k}`),
    ]),
    ['product/region', 'resource', 3, (k) => `eu-west-${k + 1}`],
    ['pricing/publicOnDemandCost', 'amount', 600, amount, 'number'],
    ['pricing/unit', 'resource', 4, (k) => ['Hrs', 'GB', 'Requests', 'GB-Mo'][k]],
    ['reservation/EffectiveCost', 'late', 20, (k) => (k ? amount(k) : ''), 'number'],
    ['reservation/ReservationARN', 'resource', 4, (k) => (k ? `arn:aws:ec2::1:reserved-instances/${k}` : '')],
    ['reservation/UnusedRecurringFee', 'resource', 1, () => '', 'number'],
    ['savingsPlan/SavingsPlanARN', 'resource', 1, () => ''],
    ['savingsPlan/SavingsPlanEffectiveCost', 'resource', 1, () => '0.0', 'number'],
    ['resourceTags/user:Name', 'resource', 300, (k) => (k % 2 ? `name-${k}` : '')],
    ['resourceTags/user:Team', 'resource', 12, (k) => (k % 3 ? `team-${k}` : '')],
  ];

  /** Which value a column has on line n. */
  const pick = ([, by, many], n) => {
    const resource = n % RESOURCES,
      hour = Math.floor(n / RESOURCES);
    if (by === 'late') return n % RESOURCES > 20 && hour < 3 ? 0 : n % many; // nothing for most of the first thousands of lines
    return (
      (by === 'line'
        ? n
        : by === 'hour'
          ? hour
          : by === 'resource'
            ? resource * 31 + (resource >> 3)
            : resource * 3 + hour * 5) % many
    );
  };

  function csvBill(rows = ROWS / 4) {
    const values = COLUMNS.map(([, , many, text]) =>
      Array.from({ length: many }, (_, k) => {
        const v = text(k);
        return v.includes(',') ? `"${v}"` : v;
      }),
    );
    const lines = [COLUMNS.map(([name]) => name).join(',')];
    for (let n = 0; n < rows; n++) lines.push(COLUMNS.map((column, c) => values[c][pick(column, n)]).join(','));
    return encoder.encode(lines.join('\n') + '\n');
  }

  /** The columns a reader wants of the same bill, as AWS writes Parquet: dictionaries, snappy, one row group. */
  function parquetBill(rows = ROWS) {
    const codes = (column) => Int32Array.from({ length: rows }, (_, n) => pick(column, n));
    return parts.writeParquet(
      rows,
      COLUMNS.filter(([name]) => !/made-up|identity/.test(name)).map((column) => {
        const [name, , many, text, kind = 'text'] = column;
        const values = Array.from({ length: many }, (_, k) => text(k));
        const given =
          kind === 'number' ? values.map(Number) : kind === 'time' ? values.map((v) => BigInt(Date.parse(v))) : values;
        return {
          name: name.replace(/[/:]|(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase(),
          kind,
          values: given,
          codes: codes(column),
        };
      }),
    );
  }

  /** Read the made-up bill until its code is warm, or until stopped() says that there is real work. */
  async function rehearse(context, stopped) {
    const progress = () => {
      if (stopped()) throw new parts.ReadError('stopped', 'There is real work');
    };
    const bills = [
      ['rehearsal.parquet', parquetBill],
      ['rehearsal.csv', csvBill],
    ].map(([name, make]) => ({ name, make }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const bill of bills) {
        await new Promise((resolve) => setTimeout(resolve)); // a job that came meanwhile is heard
        if (stopped()) return;
        bill.blob ??= new Blob([bill.make()]);
        await parts.readSource(bill.blob, { name: bill.name }, { ...context, progress });
      }
    }
  }

  Object.assign(parts, { rehearse, rehearsalBills: { csvBill, parquetBill } });
})((globalThis.CostReaderParts ??= {}));

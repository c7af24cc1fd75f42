// Runs TrackHAR's process() on a HAR and writes what it found and what it
// cost. usage: node trackhar.mjs CAPTURE INDICATORS RESULT
//
// The clock covers JSON.parse and process(), not the start of node, the
// reading of the file, or the writing of the result.
import { readFileSync, writeFileSync } from 'node:fs';
import { process as trackhar } from 'trackhar';

const [capture, indicators, result] = process.argv.slice(2);
const indicatorValues = JSON.parse(readFileSync(indicators, 'utf8'));
const text = readFileSync(capture, 'utf8');

const start = performance.now();
const har = JSON.parse(text);
const parsed = performance.now();
const results = await trackhar(har, { indicatorValues });
const done = performance.now();

const found = [];
results.forEach((entry, i) => {
    if (entry) found.push({ entry: i, hits: entry.map((hit) => ({ by: hit.adapter, value: typeof hit.value === 'string' ? hit.value : JSON.stringify(hit.value) ?? '' })) });
});
writeFileSync(result, JSON.stringify({
    parse_s: (parsed - start) / 1000,
    process_s: (done - parsed) / 1000,
    max_rss_bytes: process.resourceUsage().maxRSS * 1024,
    found,
}));

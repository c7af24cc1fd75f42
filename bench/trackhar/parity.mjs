// Lists each data path of TrackHAR's adapters and whether detect/data/endpoints
// has a row for it: the same address, the same place, the data type that the
// property is with us. Exits with 1 when one is missing.
//
//	node parity.mjs [-v]      (see run.sh for where the packages are)
//
// The place is worked out from the adapter's decoding steps, not taken over
// from the rows.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME, '.cache'), 'constat-bench', 'trackhar');
const { adapters } = await import(pathToFileURL(join(cache, 'node_modules', 'trackhar', 'dist', 'index.js')));
const verbose = process.argv.includes('-v');

// --- our table: as regular as its README says, so a line is a row -------------
const string = (s, key) => s.match(new RegExp(`(?:^|[{,\\s])${key} = "((?:[^"\\\\]|\\\\.)*)"`))?.[1];
const sets = {}, endpoints = [];
const data = join(here, '..', '..', 'detect', 'data', 'endpoints');
for (const file of readdirSync(data).filter((f) => f.endsWith('.toml'))) {

    for (const block of readFileSync(join(data, file), 'utf8').split(/^(?=\[\[)/m)) {
        const fields = [...block.matchAll(/^ {2}\{ at = .*$/gm)].map(([line]) => ({ at: string(line, 'at'), type: string(line, 'type') }));
        if (block.startsWith('[[set]]')) sets[string(block, 'id')] = fields;
        if (block.startsWith('[[endpoint]]')) {
            const urls = [...block.match(/^urls = \[([\s\S]*?)\]\n/m)[1].matchAll(/"([^"]+)"/g)].map((m) => m[1]);
            const use = [...(block.match(/^use = \[(.*)\]$/m)?.[1] ?? '').matchAll(/\{ set = "([^"]+)"(?:, under = "([^"]+)")? \}/g)].map((m) => ({ set: m[1], under: m[2] ?? '' }));
            endpoints.push({ urls, use, fields });
        }
    }
}
for (const e of endpoints) {
    e.rows = new Set([...e.fields, ...e.use.flatMap((u) => sets[u.set].map((f) => ({ at: u.under + f.at, type: f.type })))].map((f) => f.at.replaceAll('.*', '[*]') + '\t' + f.type));
    e.patterns = e.urls.map((u) => {
        const escape = (s) => s.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
        const [host, ...path] = u.split('/');
        const p = path.length ? '/' + path.join('/') : null;
        let re = escape(host).replace(/\*/g, '.*');
        if (p === null) re += '(/.*)?';
        else if (p.endsWith('/**')) re += escape(p.slice(0, -3)).replace(/\*/g, '[^/]*') + '(/.*)?';
        else re += escape(p).replace(/\*/g, '[^/]*');
        return { re: new RegExp('^https?://' + re + '$'), sample: 'https://' + u.replace(/\/\*\*$/, '/a') };
    });
}
// fill gives a pattern's stars values that TrackHAR's regular expressions may want.
const fills = ['1', '12.1', 'a', '11111111-1111-1111-1111-111111111111', 'ads1-1', '17.0'];
const filled = (s) => {
    let out = [s];
    while (out.some((x) => x.includes('*'))) out = out.flatMap((x) => (x.includes('*') ? fills.map((f) => x.replace('*', f)) : [x]));
    return out;
};
const serves = (e, url) => typeof url === 'string'
    ? e.patterns.some((p) => p.re.test(url) || p.re.test(url + '/'))
    : e.patterns.some((p) => filled(p.sample).some((s) => url.test(s)));

// --- where an adapter's path stands ------------------------------------------
const clean = (path) => path.replace(/^\$\.?/, '').replace(/\.\./g, '.');
// steps splits a path of JSONPath at its dots and brackets; * is any item.
const steps = (path) => {
    const out = [];
    for (let rest = clean(path); rest;) {
        let m;
        if ((m = rest.match(/^\[\?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\]/))) out.push({ filter: m[0] });
        else if ((m = rest.match(/^\["([^"]+)"\]/))) out.push({ name: m[1] });
        else if ((m = rest.match(/^[^.[]+/))) out.push({ name: m[0] });
        rest = rest.slice(m[0].length).replace(/^\./, '');
    }
    return out;
};
const glob = (filter) => {
    let m;
    if ((m = filter.match(/@property === "([^"]+)"/))) return m[1];
    if ((m = filter.match(/@property\.startsWith\("([^"]+)"\)/))) return m[1] + '*';
    if ((m = filter.match(/@property\.match\(\/\^(.*?)\$\//))) return m[1].replace(/\.\*|\\d\+/g, '*');
    return null;
};
const below = (loc, path) => {
    const layers = [...loc.layers];
    if (loc.mapped && !loc.open) path = path.replace(/^\*\./, ''); // the list of what was mapped
    if (loc.kind === 'raw') return { ...loc, layers };
    if (loc.kind === 'form') {
        const s = steps(path);
        const only = s.length === 1 ? (s[0].filter ? glob(s[0].filter) : s[0].name) : clean(path);
        return { ...loc, layers: [...layers, only], kind: 'raw' };
    }
    if (loc.kind === 'proto') return { ...loc, layers: [...layers, ...steps(path).filter((s) => s.name && s.name !== '*').map((s) => '#' + s.name)] };
    let text = loc.open ? layers.pop() : '$';
    for (const s of steps(path)) {
        const g = s.filter && glob(s.filter);
        if (g) text += '.' + g;
        else if (s.filter || s.name === '*') text += '[*]';
        else text += /^\d+$/.test(s.name) ? `[${s.name}]` : '.' + s.name;
    }
    return { ...loc, layers: [...layers, text], open: true };
};
const places = (adapter) => {
    const at = { body: { place: 'body', layers: [], kind: 'raw' }, query: { place: 'query', layers: [], kind: 'raw' } };
    for (const place of ['header', 'cookie']) at[place] = { place, layers: [], kind: 'form' };
    const find = (expression) => {
        for (let key = expression; key; key = key.slice(0, Math.max(key.lastIndexOf('.'), 0))) {
            if (at[key]) return key === expression ? at[key] : below(at[key], expression.slice(key.length + 1));
        }
    };
    for (const step of adapter.decodingSteps) {
        let loc = find(step.input ?? step.mapInput);
        if (!loc) continue;
        // What is mapped over is a list already; its items are meant.
        if (step.mapInput && loc.kind === 'json' && !step.mapInput.includes('*') && !loc.open) loc = { ...loc, layers: [...loc.layers, '$[*]'], open: true };
        const opened = (kind) => ({ place: loc.place, layers: loc.layers, kind, mapped: Boolean(step.mapInput) });
        switch (step.function) {
            case 'parseJson': case 'decodeJwt': loc = opened('json'); break;
            case 'parseQueryString': loc = opened('form'); break;
            case 'decodeProtobuf': loc = opened('proto'); break;
            case 'getProperty': if (step.options.path !== '$') loc = below(loc, step.options.path); break;
            case 'decodeBase64': case 'gunzip': case 'decodeUrl': case 'split': loc = opened('raw'); break;
        }
        at[step.output ?? step.mapTo ?? step.mergeTo] = loc;
    }
    return at;
};
const written = (loc) => {
    if (loc.place === 'header') {
        const [name, ...rest] = loc.layers;
        return ['header ' + name.toLowerCase(), ...rest].join(' > ');
    }
    const out = [];
    for (const l of loc.layers) {
        if (l.startsWith('#') && out.at(-1)?.startsWith('#')) out[out.length - 1] += '.' + l.slice(1);
        else out.push(l);
    }
    return loc.place + ' ' + out.join(' > ');
};

// --- what a property is with us ------------------------------------------------
const id = ['device.install_id', 'account.user_id', 'device.android_id', 'device.vendor_id', 'device.ad_id'];
const types = {
    userAgent: ['device.user_agent'], language: ['device.language'], viewedPageLanguage: ['content.browsing'], consentState: ['app.consent'], isDntEnabled: ['app.consent'],
    userId: [...id, 'contact.email'], browserId: id, deviceId: id, installationId: id, otherIdentifiers: id, developerScopedId: id, advertisingId: ['device.ad_id'], hashedAdvertisingId: ['device.ad_id'],
    propertyId: ['app.property'], appName: ['app.package'], appId: ['app.package'], appVersion: ['app.version'], trackerSdkVersion: ['app.version'],
    manufacturer: ['device.model'], model: ['device.model'], deviceName: ['device.model'], isMobileDevice: ['device.model', 'device.setting'], osName: ['device.os'], osVersion: ['device.os'], architecture: ['device.cpu'],
    carrier: ['network.carrier'], networkConnectionType: ['network.type'], isRoaming: ['network.type'], signalStrengthCellular: ['network.signal'], signalStrengthWifi: ['network.signal'],
    publicIp: ['network.public_ip'], localIp: ['network.local_ip'], macAddress: ['device.mac'], timezone: ['device.timezone'], country: ['location.coarse', 'device.language'], state: ['location.coarse'], latitude: ['location.precise'], longitude: ['location.precise'],
    userGender: ['contact.gender'], userInterests: ['inference.interest'], segment: ['inference.interest'], sessionId: ['app.session'], sessionCount: ['app.session'], pushNotificationToken: ['device.push_token'],
    isJsEnabled: ['device.setting'], isInDarkMode: ['device.setting'], batteryLevel: ['device.battery'], isCharging: ['device.battery'], orientation: ['device.orientation'], volume: ['device.volume'], uptime: ['device.clock'],
    isAutomated: ['device.rooted'], isRooted: ['device.rooted'], isEmulator: ['device.rooted'], installTime: ['app.install_time'], isFirstLaunch: ['app.install_time'],
    isInForeground: ['app.foreground'], isUserActive: ['app.foreground'], isUserInactive: ['app.foreground'], revenue: ['finance.purchase'], currency: ['finance.purchase'], isConversion: ['finance.purchase'],
};
const typesOf = (property) => types[property]
    ?? (/^(screen|browserWindow)/.test(property) ? ['device.screen'] : /^(accelerometer|rotation)/.test(property) ? ['device.motion'] : /^ram/.test(property) ? ['device.memory'] : /^disk/.test(property) ? ['device.storage']
        : /^(viewedPage|website|campaign|referer)/.test(property) ? ['content.browsing'] : ['content.activity']);

// A path whose result no step of the adapter makes: TrackHAR cannot reach it
// itself. What it means stands beside it.
const unmade = { 'adagio/4dex-u-setuid cookie uidsParsed.uids.*.uid': 'cookie uids > $.uids[*].uid' };

let total = 0, have = 0;
const missing = [], perAdapter = [];
for (const adapter of adapters) {
    const at = places(adapter);
    const ours = adapter.endpointUrls.map((url) => endpoints.filter((e) => serves(e, url)));
    let n = 0, m = 0;
    for (const [property, paths] of Object.entries(adapter.containedDataPaths)) {
        for (const p of [paths].flat()) {
            total++, n++;
            let place;
            if (p.context === 'path') place = ['path 2', 'path 4'];
            else {
                // The path may begin with the name of a result of its own.
                const path = `res.${p.context}.${clean(p.path)}`;
                const key = Object.keys(at).filter((k) => path.startsWith(k) && /^($|[.[])/.test(path.slice(k.length))).sort((a, b) => b.length - a.length)[0];
                const rest = key && path.slice(key.length).replace(/^\./, '');
const valueOnly = rest && steps(rest).every((s) => (s.filter ? !glob(s.filter) : s.name === '*'));
                const loc = key && (!rest || valueOnly ? at[key] : below(at[key], rest));
                place = [unmade[`${adapter.tracker.slug}/${adapter.slug} ${p.context} ${p.path}`] ?? (loc ? written(loc) : '?')];
            }
            // Every address of the adapter must have the row.
            const ok = ours.every((es) => es.some((e) => place.some((a) => typesOf(property).some((t) => e.rows.has(a + '\t' + t)))));
            if (ok) have++, m++;
            else missing.push(`${adapter.tracker.slug}/${adapter.slug}: ${property}: ${p.context} ${p.path} (${place}; ${typesOf(property)})${ours.some((es) => !es.length) ? ' no endpoint' : ''}`);
        }
    }
    perAdapter.push(`${adapter.tracker.slug}/${adapter.slug}: ${m} of ${n}`);
}
if (verbose) console.log(perAdapter.join('\n'));
for (const m of missing) console.log('missing: ' + m);
console.log(`${have} of ${total} data paths of ${adapters.length} adapters have a row`);
process.exit(have === total ? 0 : 1);

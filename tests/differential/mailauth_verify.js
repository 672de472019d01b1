// Verifies every signature of messages with mailauth: a JSON job a line in, a list of results a line out, from the top.
// {"message": bytes as code points 0-255, "records": {name: TXT}}
const readline = require('readline');
const { dkimVerify } = require('mailauth/lib/dkim/verify');

async function run(job) {
    const resolver = async (name, type) => {
        const record = type === 'TXT' && job.records[name];
        if (!record) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
        return [[record]];
    };
    const found = await dkimVerify(Buffer.from(job.message, 'latin1'), { resolver, minBitLength: 1024 });
    return found.results.map(one => one.status.result === 'pass' ? 'pass' : `${one.status.result} ${one.status.comment || ''}`);
}

(async () => {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        console.log(JSON.stringify(await run(JSON.parse(line))));
    }
})();

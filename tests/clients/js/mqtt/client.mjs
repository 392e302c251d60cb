// One client of npm mqtt, led by whoever started it: a line of JSON on standard input for each thing to do, one on standard
// output for each thing that happens. It knows nothing of the platform.
//
//   node client.mjs FOLDER-WITH-NODE-MODULES

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const mqtt = createRequire(`${process.argv[2]}/`)('mqtt');

let client;

const say = (happened, value = null) => process.stdout.write(`${JSON.stringify([happened, value])}\n`);

const connect = ({ url, files, ...options }) => {
  const read = Object.fromEntries(Object.entries(files).map(([name, path]) => [name, readFileSync(path)]));
  // It connects when it is told to, and only then.
  client = mqtt.connect(url, { reconnectPeriod: 0, ...options, ...read });
  client.on('connect', packet => say('connected', [packet.reasonCode ?? packet.returnCode, packet.sessionPresent]));
  client.on('error', error => say('refused', error.code ?? String(error)));
  client.on('disconnect', packet => say('told', packet.reasonCode));
  client.on('close', () => say('gone'));
  client.on('message', (topic, payload) => say('message', [topic, payload.toString()]));
};

const todo = {
  connect,
  subscribe: topics => client.subscribe(topics, (error, granted) => say('granted', granted?.map(one => one.qos))),
  publish: ([topic, payload, qos]) =>
    client.publish(topic, payload, { qos }, (error, packet) => say('published', error?.code ?? packet?.reasonCode ?? 0)),
  end: () => client.end(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, value] = JSON.parse(line);
  todo[name](value);
}
process.exit(0);

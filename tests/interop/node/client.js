'use strict';

// The ali-ons client, told on stdin what to do, each command beside the others. What it did and saw goes to stdout, a
// line of JSON for each operation and each answered command. Ends with stdin.
//
// Argument: NAMESRV. harness/clients.py lists the commands.

const crypto = require('crypto');
const readline = require('readline');
const { Consumer, Message, Producer } = require('ali-ons');

const common = {
  nameSrv: process.argv[2],
  clientIP: '127.0.0.1',
  // Only for looking up name servers by HTTP, which a fixed `nameSrv` makes needless; it insists on having one.
  httpclient: { request() { throw new Error('ali-ons asked for a name server by HTTP'); } },
  logger: { debug() {}, info() {}, warn: console.error, error: console.error },
  rebalanceInterval: 500, // it does not listen when the broker tells that the members of its group changed
  persistConsumerOffsetInterval: 500,
};
const MOST_IN_FLIGHT = 64;

const producers = new Map();
const stops = new Map();

// harness/history.py says which fields there are, and what they mean.
function write(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function nowUs() {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

// Stands for all that a user put into a message: tags, keys, properties named x-..., body.
function hash(message) {
  const digest = crypto.createHash('sha256');
  digest.update(`${message.tags || ''}\0${message.keys || ''}\0`);
  for (const name of Object.keys(message.properties).filter(one => one.startsWith('x-')).sort()) {
    digest.update(`${name}=${message.properties[name]}\0`);
  }
  return digest.update(message.body).digest('hex').slice(0, 16);
}

function messageOf(command, number) {
  const tags = (command.tags || '').split(',');
  let body = `${command.prefix}/${number}`;
  while (body.length < Number(command.bytes || 0)) body += ' and on';
  const tag = tags[number % tags.length];
  const message = tag ? new Message(command.topic, tag, body) : new Message(command.topic, body);
  if (!tag) delete message.properties.TAGS; // it writes "null" otherwise
  message.keys = [command.keys || `${command.prefix}-${number}`];
  message.properties['x-number'] = String(number);
  message.properties['x-text'] = command.text || 'grün = 緑; %|"\\';
  if (Number(command.level || 0)) message.delayTimeLevel = Number(command.level);
  if (Number(command.queues || 0)) message.properties.__SHARDINGKEY = `queue-${number % Number(command.queues)}`;
  return message;
}

async function sendOne(command, number) {
  const message = messageOf(command, number);
  const line = {
    kind: 'send', client: command.producer, topic: command.topic, hash: hash(message), tag: message.tags || null,
    keys: message.keys, level: Number(command.level || 0), start_us: nowUs(),
  };
  try {
    const result = await producers.get(command.producer).send(message);
    Object.assign(line, {
      outcome: result.sendStatus === 'SEND_OK' ? 'ok' : 'unknown', broker: result.messageQueue.brokerName,
      queue: Number(result.messageQueue.queueId), offset: Number(result.queueOffset), id: result.msgId,
    });
  } catch (error) {
    // A refusal by the broker is an answer, whatever else happens leaves open whether the message is there.
    Object.assign(line, { outcome: error.name === 'MQClientException' && error.code ? 'failed' : 'unknown', why: String(error) });
  }
  write({ ...line, end_us: nowUs() });
}

async function send(command) {
  const first = Number(command.first || 0);
  const most = Number(command.count || 0) ? first + Number(command.count) : Infinity;
  const producer = producers.get(command.producer);
  const pending = new Set();
  producer.halted = false;
  for (let i = first; i < most && !producer.halted; i++) {
    const sent = sendOne(command, i);
    if (command.mode === 'sync') {
      await sent;
    } else if (command.mode === 'async') {
      const kept = sent.finally(() => pending.delete(kept));
      pending.add(kept);
      if (pending.size >= MOST_IN_FLIGHT) await Promise.race(pending);
    } else {
      throw new Error(`no such way to send: ${command.mode}`);
    }
  }
  await Promise.all(pending);
}

// Every failEvery-th message fails, until its times are failTimes.
function consumes(command, message) {
  const every = Number(command.failEvery || 0);
  return !every || Number(message.properties['x-number']) % every !== 0
    || message.reconsumeTimes >= Number(command.failTimes || 0);
}

function received(command, message, queue, consumed, startUs) {
  const again = message.properties.RETRY_TOPIC !== undefined;
  write({
    kind: 'receive', client: command.name, group: command.group, outcome: consumed ? 'ok' : 'failed',
    topic: again ? `%RETRY%${command.group}` : message.topic, broker: queue ? queue.brokerName : '',
    queue: message.queueId, offset: Number(message.queueOffset), hash: hash(message), id: message.msgId,
    times: message.reconsumeTimes, stored_ms: Number(message.storeTimestamp), start_us: startUs, end_us: nowUs(),
  });
}

function watchQueues(command, consumer) {
  let told;
  return setInterval(() => {
    const queues = [...consumer.processQueueTable.values()].map(one => one.messageQueue)
      .map(one => [one.topic, one.brokerName, one.queueId]).sort();
    const now = JSON.stringify(queues);
    if (now === told) return;
    told = now;
    const us = nowUs();
    write({ kind: 'queues', client: command.name, group: command.group, outcome: 'ok', queues, start_us: us, end_us: us });
  }, 20);
}

async function consume(command) {
  const consumer = new Consumer({
    ...common,
    instanceName: command.name,
    consumerGroup: command.group,
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    isBroadcast: command.broadcast === 'true',
    maxReconsumeTimes: Number(command.maxTimes || 16),
  });
  // Among these is the route of the group's retry topic, which does not exist before the first heartbeat.
  consumer.on('error', console.error);
  const startUs = nowUs();
  consumer.subscribe(command.topic, command.tags || '*', async (message, queue) => {
    const start = nowUs();
    const consumed = consumes(command, message);
    received(command, message, queue, consumed, start);
    // When a message comes again the library looks only at what is thrown.
    if (!consumed) throw new Error('this message is to fail');
  });
  await consumer.ready();
  write({
    kind: 'join', client: command.name, group: command.group, topic: command.topic, outcome: 'ok',
    tags: command.tags || '*', model: command.broadcast === 'true' ? 'broadcasting' : 'clustering', order: 'none',
    start_us: startUs, end_us: nowUs(),
  });
  const watch = watchQueues(command, consumer);
  stops.set(command.name, async () => {
    clearInterval(watch);
    const start = nowUs();
    await consumer.close();
    write({
      kind: 'leave', client: command.name, group: command.group, topic: command.topic, outcome: 'ok',
      start_us: start, end_us: nowUs(),
    });
  });
}

function offers() {
  const names = [];
  for (const [name, type] of Object.entries({ Producer, Consumer })) {
    for (let one = type.prototype; one.constructor !== Object; one = Object.getPrototypeOf(one)) {
      names.push(...Object.getOwnPropertyNames(one).map(property => `${name}.${property}`));
    }
  }
  return names;
}

async function run(command, reply) {
  switch (command.verb) {
    case 'producer': {
      const producer = new Producer({
        ...common, instanceName: command.name, producerGroup: command.group, sendMsgTimeout: 15000,
      });
      producer.on('error', console.error);
      await producer.ready();
      producers.set(command.name, producer);
      stops.set(command.name, () => producer.close());
      break;
    }
    case 'send': await send(command); break;
    case 'halt': producers.get(command.producer).halted = true; break;
    case 'consumer': await consume(command); break;
    case 'stop': await stops.get(command.name)(); break;
    case 'offers': reply.offers = offers(); break;
    default: throw new Error(`no such command: ${command.verb}`);
  }
}

readline.createInterface({ input: process.stdin }).on('line', text => {
  const [id, verb, ...words] = text.split('\t');
  const command = { verb };
  for (const word of words) command[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1);
  const reply = { reply: id };
  run(command, reply).then(() => write(reply), error => write({ reply: id, why: error.stack }));
}).on('close', () => process.exit(0));

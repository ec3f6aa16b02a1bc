'use strict';

// Sends COUNT messages to a topic, then consumes the topic until as many distinct bodies have come or the
// time is up. Prints `sent BODY` and `got BODY`, each body once; whoever started it compares the two.
//
// Arguments: NAMESRV TOPIC GROUP COUNT SECONDS.

const { Consumer, Message, Producer } = require('ali-ons');

const [namesrv, topic, group, countText, secondsText] = process.argv.slice(2);
const count = Number(countText);
const seconds = Number(secondsText);

const common = {
  nameSrv: namesrv,
  clientIP: '127.0.0.1',
  // Only for looking up name servers by HTTP, which a fixed `nameSrv` makes needless; it insists on having one.
  httpclient: { request() { throw new Error('ali-ons asked for a name server by HTTP'); } },
  logger: { debug() {}, info() {}, warn: console.error, error: console.error },
};

async function produce() {
  const producer = new Producer({ ...common, producerGroup: `${group}_producer`, sendMsgTimeout: 15000 });
  await producer.ready();
  for (let i = 0; i < count; i++) {
    const body = `${topic}/${i}`;
    const result = await producer.send(new Message(topic, 'TagA', body));
    if (!result || result.sendStatus !== 'SEND_OK') {
      throw new Error(`${body}: ${JSON.stringify(result)}`);
    }
    console.log(`sent ${body}`);
  }
  await producer.close();
}

async function consume() {
  const bodies = new Set();
  const consumer = new Consumer({
    ...common,
    consumerGroup: group,
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
  });
  // Among these is the route of the group's retry topic, which does not exist before the first heartbeat.
  consumer.on('error', console.error);
  await new Promise(resolve => {
    const timer = setTimeout(resolve, seconds * 1000);
    consumer.subscribe(topic, '*', async message => {
      const body = message.body.toString();
      if (bodies.has(body)) return;
      bodies.add(body);
      console.log(`got ${body}`);
      if (bodies.size === count) {
        clearTimeout(timer);
        resolve();
      }
    });
  });
  await consumer.close();
}

produce().then(consume).then(
  () => process.exit(0),
  error => {
    console.error(error);
    process.exit(1);
  });

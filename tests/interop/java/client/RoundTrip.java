import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Sends COUNT messages to a topic, then consumes the topic until as many distinct bodies have come or the
 * time is up. Prints `sent BODY` and `got BODY`, each body once; whoever started it compares the two.
 *
 * Arguments: NAMESRV TOPIC GROUP COUNT SECONDS. The same source is compiled against each client version.
 */
public final class RoundTrip {
    public static void main(String[] arguments) throws Exception {
        String namesrv = arguments[0];
        String topic = arguments[1];
        String group = arguments[2];
        int count = Integer.parseInt(arguments[3]);
        long seconds = Long.parseLong(arguments[4]);

        produce(namesrv, topic, group, count);
        consume(namesrv, topic, group, count, seconds);
        System.out.flush();
        System.exit(0);
    }

    private static void produce(String namesrv, String topic, String group, int count) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(group + "_producer");
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(15000);
        producer.start();
        for (int i = 0; i < count; i++) {
            String body = topic + "/" + i;
            SendResult result = producer.send(new Message(topic, "TagA", body.getBytes(StandardCharsets.UTF_8)));
            if (result.getSendStatus() != SendStatus.SEND_OK) {
                throw new IllegalStateException(body + ": " + result);
            }
            System.out.println("sent " + body);
        }
        producer.shutdown();
    }

    private static void consume(String namesrv, String topic, String group, int count, long seconds)
        throws Exception {
        Set<String> bodies = ConcurrentHashMap.newKeySet();
        CountDownLatch missing = new CountDownLatch(count);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(namesrv);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                String body = new String(message.getBody(), StandardCharsets.UTF_8);
                if (bodies.add(body)) {
                    System.out.println("got " + body);
                    missing.countDown();
                }
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        missing.await(seconds, TimeUnit.SECONDS);
        consumer.shutdown();
    }
}

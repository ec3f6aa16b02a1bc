import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.topic.TopicValidator;

/**
 * Sends messages of many kinds to a broker, as gantry-store-tool appends them to a store.
 *
 * Arguments: fill|load NAMESRV BROKER ROUND. ROUND tells the messages of one run from those of another.
 *
 * fill ends when all are there, the delayed ones that were due too. load sends to the topic Load until the broker
 * takes no more, and prints `acked QUEUE OFFSET BODY` for each message that it has taken.
 */
public final class StoreFiller {
    private static final int LOADERS = 4;
    /** On a busy machine the client's own 3 s are not enough. */
    private static final int TIMEOUT_MS = 15000;

    private final DefaultMQProducer producer = new DefaultMQProducer("filler");
    private final String namesrv;
    private final String broker;
    private final String round;

    private StoreFiller(String namesrv, String broker, String round) {
        this.namesrv = namesrv;
        this.broker = broker;
        this.round = "round-" + round;
    }

    public static void main(String[] arguments) {
        int code = 0;
        try {
            StoreFiller filler = new StoreFiller(arguments[1], arguments[2], arguments[3]);
            filler.start();
            if (arguments[0].equals("load")) {
                filler.load();
            } else {
                filler.fill();
            }
        } catch (Exception why) {
            why.printStackTrace();
            code = 1;
        }
        System.out.flush();
        System.exit(code);  // the client's threads would go on
    }

    private void fill() throws Exception {
        withTagsAndKeys();
        long due = delayed();
        roll();
        together();
        largeAndCompressed();
        inTransactions();
        waitFor(new MessageQueue("Delayed", broker, 0), due);
        afterAPause();
        toTheDead();
    }

    private void start() throws Exception {
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(TIMEOUT_MS);
        producer.setMqClientApiTimeout(TIMEOUT_MS);
        producer.setRetryTimesWhenSendFailed(0);
        producer.start();
    }

    private void withTagsAndKeys() throws Exception {
        String[] tags = {"TagA", "TagB", "Aa", "BB", "订单", ""};
        for (int i = 0; i < 300; i++) {
            Message message = new Message("Orders", tags[i % 6], round + "-order-" + i + " customer-" + i % 7, i,
                bytes("order " + i), i % 2 == 0);
            message.putUserProperty("colour", i % 2 == 0 ? "grün" : "a b=c;d%e");
            send(message, i % 4);
        }
    }

    /** Enough for several files of a queue. */
    private void roll() throws Exception {
        for (int i = 0; i < 350; i++) {
            send(new Message("Rolled", bytes("rolled " + i)), 0);
        }
    }

    private void together() throws Exception {
        for (int batch = 0; batch < 10; batch++) {
            List<Message> messages = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                messages.add(new Message("Batches", "TagB", round + "-batch-" + batch, bytes(batch + "/" + i)));
            }
            check(producer.send(messages, new MessageQueue("Batches", broker, batch % 2)));
        }
    }

    private void largeAndCompressed() throws Exception {
        Random random = new Random(1);
        for (int i = 0; i < 6; i++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < 30000) {
                text.append("line ").append(text.length() * 7 % 1000).append(" of a long text\n");
            }
            byte[] body = bytes(text.toString());
            if (i % 2 == 1) {
                random.nextBytes(body);
            }
            send(new Message("Large", body), 0);
        }
    }

    /** The first level is over soon, the second not while the test runs. Returns how many come to be delivered. */
    private long delayed() throws Exception {
        long due = producer.maxOffset(new MessageQueue("Delayed", broker, 0)) + 3;
        for (int i = 0; i < 6; i++) {
            Message message = new Message("Delayed", "TagA", round + "-delayed", bytes("delayed " + i));
            message.setDelayTimeLevel(1 + i % 2);
            send(message, 0);
        }
        return due;
    }

    private void waitFor(MessageQueue queue, long end) throws Exception {
        DefaultMQPullConsumer consumer = consumer();
        for (long seen = consumer.minOffset(queue); seen < end; ) {
            seen = consumer.pullBlockIfNotFound(queue, "*", seen, 32).getNextBeginOffset();
        }
        consumer.shutdown();
    }

    /** The delayed messages took seconds: these were stored clearly later than all before. */
    private void afterAPause() throws Exception {
        for (int i = 0; i < 20; i++) {
            send(new Message("Orders", "TagA", "customer-" + i % 7, bytes("after a pause " + i)), i % 4);
        }
    }

    private void inTransactions() throws Exception {
        TransactionMQProducer transactions = new TransactionMQProducer("transactions");
        transactions.setNamesrvAddr(namesrv);
        transactions.setSendMsgTimeout(TIMEOUT_MS);
        transactions.setMqClientApiTimeout(TIMEOUT_MS);
        transactions.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object state) {
                return (LocalTransactionState) state;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                return LocalTransactionState.UNKNOW;
            }
        });
        transactions.start();
        MessageQueue ends = new MessageQueue(TopicValidator.RMQ_SYS_TRANS_OP_HALF_TOPIC, broker, 0);
        long before = producer.maxOffset(ends);
        for (int i = 0; i < 4; i++) {
            transactions.sendMessageInTransaction(new Message("Transacted", "TagA", round + "-tx", bytes("tx " + i)),
                i % 2 == 0 ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.ROLLBACK_MESSAGE);
        }
        waitFor(ends, before + 4);
        transactions.shutdown();
    }

    /** What a consumer could not deal with: a topic of the broker's own, with a %. */
    private void toTheDead() throws Exception {
        DefaultMQPullConsumer consumer = consumer();
        MessageQueue queue = new MessageQueue("Orders", broker, 0);
        for (MessageExt message : consumer.pull(queue, "*", consumer.maxOffset(queue) - 3, 3).getMsgFoundList()) {
            consumer.sendMessageBack(message, -1, broker);
        }
        consumer.shutdown();
    }

    private void load() throws Exception {
        List<Thread> loaders = new ArrayList<>();
        for (int number = 0; number < LOADERS; number++) {
            int queue = number;
            Thread loader = new Thread(() -> load(queue));
            loader.start();
            loaders.add(loader);
        }
        for (Thread loader : loaders) {
            loader.join();
        }
    }

    private void load(int queue) {
        MessageQueue to = new MessageQueue("Load", broker, queue);
        for (int i = 0; ; i++) {
            String body = round + "/" + queue + "/" + i;
            try {
                SendResult result = producer.send(new Message("Load", "TagA", body, bytes(body)), to);
                if (result.getSendStatus() != SendStatus.SEND_OK) {
                    return;
                }
                System.out.println("acked " + queue + " " + result.getQueueOffset() + " " + body);
            } catch (Exception expected) {
                return;
            }
        }
    }

    private DefaultMQPullConsumer consumer() throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("filler_reads");
        consumer.setNamesrvAddr(namesrv);
        consumer.setMqClientApiTimeout(TIMEOUT_MS);
        consumer.start();
        // So it knows the broker's address: not every topic of the broker's own has a route yet.
        consumer.minOffset(new MessageQueue("Orders", broker, 0));
        return consumer;
    }

    private void send(Message message, int queue) throws Exception {
        check(producer.send(message, new MessageQueue(message.getTopic(), broker, queue)));
    }

    private static void check(SendResult result) {
        if (result.getSendStatus() != SendStatus.SEND_OK) {
            throw new IllegalStateException(result.toString());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

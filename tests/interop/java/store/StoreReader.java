import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.admin.TopicOffset;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.protocol.ResponseCode;

/**
 * Everything that Apache's client can read from a broker, as the listing that README.md two folders above tells of.
 * The questions are of its own choosing; whoever answers them too must give the same answers.
 *
 * Arguments: NAMESRV BROKER ADDRESS QUEUE_FILE_ENTRIES.
 */
public final class StoreReader {
    /** On a busy machine the client's own 3 s are not enough. */
    private static final int TIMEOUT_MS = 15000;
    private static final int AT_ONCE = 32;
    /** More than any key has, and not more than the broker ever gives. */
    private static final int MOST_OF_A_KEY = 64;
    /** Of the messages in a queue each n-th is looked up in the ways that cost a request each. */
    private static final int SAMPLED = 7;
    /** Of Apache's key index, which keeps whole seconds. */
    private static final long INDEX_GRAIN_MS = 1000;

    private final DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("reader");
    private final PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false,
        StandardCharsets.UTF_8);
    private final String broker;
    private final int queueFileEntries;
    private final MQClientInstance client;

    private StoreReader(String namesrv, String broker, int queueFileEntries) throws Exception {
        this.broker = broker;
        this.queueFileEntries = queueFileEntries;
        consumer.setNamesrvAddr(namesrv);
        consumer.setMqClientApiTimeout(TIMEOUT_MS);
        consumer.start();
        client = consumer.getDefaultMQPullConsumerImpl().getRebalanceImpl().getmQClientFactory();
    }

    public static void main(String[] arguments) {
        int code = 0;
        try {
            StoreReader reader = new StoreReader(arguments[0], arguments[1], Integer.parseInt(arguments[3]));
            try {
                reader.list(arguments[2]);
            } finally {
                reader.out.flush();
            }
        } catch (Exception why) {
            why.printStackTrace();
            code = 1;
        }
        System.exit(code);  // the client's threads would go on
    }

    private void list(String address) throws Exception {
        Map<String, TopicConfig> topics =
            new TreeMap<>(client.getMQClientAPIImpl().getAllTopicConfig(address, TIMEOUT_MS).getTopicConfigTable());
        // So the client knows the broker's address: not every topic of the broker's own has a route yet.
        consumer.minOffset(new MessageQueue("Orders", broker, 0));
        List<MessageExt> all = new ArrayList<>();
        for (TopicConfig topic : topics.values()) {
            List<MessageExt> ofTopic = new ArrayList<>();
            Map<MessageQueue, TopicOffset> queues = new TreeMap<>(client.getMQClientAPIImpl()
                .getTopicStatsInfo(address, topic.getTopicName(), TIMEOUT_MS).getOffsetTable());
            for (Map.Entry<MessageQueue, TopicOffset> queue : queues.entrySet()) {
                if (queue.getValue().getMaxOffset() > 0) {
                    ofTopic.addAll(list(queue.getKey()));
                }
            }
            keys(topic.getTopicName(), ofTopic);
            all.addAll(ofTopic);
        }
        pauses(all);
    }

    private List<MessageExt> list(MessageQueue queue) throws Exception {
        long min = consumer.minOffset(queue);
        long max = consumer.maxOffset(queue);
        out.println("queue " + queue.getTopic() + " " + queue.getQueueId() + " " + min + " " + max);
        List<MessageExt> messages = pull(queue, "*", min, max);
        for (MessageExt message : messages) {
            out.println(described(message));
        }
        ids(messages);
        tags(queue, messages, min, max);
        if (messages.size() <= queueFileEntries) {
            times(queue, messages);
        }
        return messages;
    }

    private List<MessageExt> pull(MessageQueue queue, String tags, long min, long max) throws Exception {
        List<MessageExt> messages = new ArrayList<>();
        for (long at = min; at < max; ) {
            PullResult result = consumer.pull(queue, tags, at, AT_ONCE);
            if (result.getPullStatus() == PullStatus.FOUND) {
                messages.addAll(result.getMsgFoundList());
            } else if (result.getPullStatus() != PullStatus.NO_MATCHED_MSG) {
                throw new IllegalStateException(queue + " at " + at + ": " + result);
            }
            at = result.getNextBeginOffset();
        }
        return messages;
    }

    private void ids(List<MessageExt> messages) throws Exception {
        for (int i = 0; i < messages.size(); i += SAMPLED) {
            String id = offsetId(messages.get(i));
            out.println("id " + id + ": " + described(client.getMQAdminImpl().viewMessage(id)));
        }
    }

    private void tags(MessageQueue queue, List<MessageExt> messages, long min, long max) throws Exception {
        TreeSet<String> tags = new TreeSet<>();
        for (MessageExt message : messages) {
            if (message.getTags() != null) {
                tags.add(message.getTags());
            }
        }
        for (String tag : tags) {
            StringBuilder found = new StringBuilder();
            for (MessageExt message : pull(queue, tag, min, max)) {
                found.append(message.getQueueOffset()).append(' ');
            }
            out.println("tag " + queue.getTopic() + " " + queue.getQueueId() + " " + plain(tag) + ": " + found);
        }
    }

    /**
     * Apache's broker answers the message that was stored nearest, any one of those stored in the same
     * millisecond; so it is only asked for times to which there is one answer: of a message that has its
     * millisecond for itself, just before one that comes after a gap, and before all. Nor is it asked of queues
     * with several files: it picks the file by its modification time, and then finds the nearest in that one.
     */
    private void times(MessageQueue queue, List<MessageExt> messages) throws Exception {
        for (int i = 0; i < messages.size(); i++) {
            long before = i == 0 ? 0 : messages.get(i - 1).getStoreTimestamp();
            long stored = messages.get(i).getStoreTimestamp();
            long after = i + 1 == messages.size() ? Long.MAX_VALUE : messages.get(i + 1).getStoreTimestamp();
            if (before < stored && stored < after && i % SAMPLED == 0) {
                time(queue, stored);
            }
            if (i > 0 && before + 3 <= stored) {
                time(queue, stored - 1);
            }
        }
        if (!messages.isEmpty()) {
            time(queue, messages.get(0).getStoreTimestamp() - 1000);
        }
    }

    private void time(MessageQueue queue, long ms) throws Exception {
        out.println("time " + queue.getTopic() + " " + queue.getQueueId() + " " + ms + ": "
            + consumer.searchOffset(queue, ms));
    }

    private void keys(String topic, List<MessageExt> messages) throws Exception {
        TreeMap<String, Integer> keys = new TreeMap<>();
        for (MessageExt message : messages) {
            if (message.getKeys() != null) {
                for (String key : message.getKeys().split(MessageConst.KEY_SEPARATOR)) {
                    keys.merge(key, 1, Integer::sum);
                }
            }
        }
        for (Map.Entry<String, Integer> key : keys.entrySet()) {
            key(topic, key.getKey(), MOST_OF_A_KEY, 0, Long.MAX_VALUE);
            if (key.getValue() > 2) {
                key(topic, key.getKey(), 2, 0, Long.MAX_VALUE);
            }
        }
        for (int i = 0; i < messages.size(); i += SAMPLED) {
            String unique = messages.get(i).getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX);
            if (unique != null) {
                answer(topic, unique, MOST_OF_A_KEY, 0, Long.MAX_VALUE, client.getMQAdminImpl()
                    .queryMessageByUniqKey(topic, unique, MOST_OF_A_KEY, 0, Long.MAX_VALUE).getMessageList());
            }
        }
        if (!messages.isEmpty()) {
            key(topic, "nobody-has-this-key", MOST_OF_A_KEY, 0, Long.MAX_VALUE);
        }
    }

    /** Key look-ups of a span of time, where it begins or ends in a pause that is longer than the index's grain. */
    private void pauses(List<MessageExt> all) throws Exception {
        TreeSet<Long> times = new TreeSet<>();
        for (MessageExt message : all) {
            times.add(message.getStoreTimestamp());
        }
        long before = Long.MAX_VALUE;
        for (long stored : times) {
            if (before < stored - INDEX_GRAIN_MS - 1) {
                for (int customer = 0; customer < 7; customer++) {
                    key("Orders", "customer-" + customer, MOST_OF_A_KEY, 0, before + 1);
                    key("Orders", "customer-" + customer, MOST_OF_A_KEY, before + 1, Long.MAX_VALUE);
                }
            }
            before = stored;
        }
    }

    private void key(String topic, String key, int most, long from, long to) throws Exception {
        List<MessageExt> found = List.of();
        try {
            QueryResult result = client.getMQAdminImpl().queryMessage(topic, key, most, from, to);
            found = result.getMessageList();
        } catch (MQClientException nothing) {
            if (nothing.getResponseCode() != ResponseCode.NO_MESSAGE) {
                throw nothing;
            }
        }
        answer(topic, key, most, from, to, found);
    }

    private void answer(String topic, String key, int most, long from, long to, List<MessageExt> found) {
        TreeSet<String> ids = new TreeSet<>();
        for (MessageExt message : found) {
            ids.add(offsetId(message));
        }
        StringBuilder text = new StringBuilder();
        for (String id : ids) {
            text.append(id).append(' ');
        }
        out.println("key " + topic + " " + plain(key) + " " + most + " " + from + " " + to + ": " + text);
    }

    private static String offsetId(MessageExt message) {
        return ((MessageClientExt) message).getOffsetMsgId();
    }

    private static String described(MessageExt message) {
        TreeMap<String, String> sorted = new TreeMap<>(message.getProperties());
        // The client puts these beside what it received.
        sorted.remove(MessageConst.PROPERTY_MIN_OFFSET);
        sorted.remove(MessageConst.PROPERTY_MAX_OFFSET);
        StringBuilder properties = new StringBuilder();
        sorted.forEach((name, value) -> properties.append(plain(name)).append('=').append(plain(value)).append(';'));
        return "message " + message.getTopic() + " " + message.getQueueId() + " " + message.getQueueOffset()
            + " at=" + message.getCommitLogOffset() + " id=" + offsetId(message) + " size=" + message.getStoreSize()
            + " crc=" + message.getBodyCRC() + " sysflag=" + message.getSysFlag() + " flag=" + message.getFlag()
            + " born=" + message.getBornTimestamp() + "@" + host(message.getBornHost())
            + " stored=" + message.getStoreTimestamp() + "@" + host(message.getStoreHost())
            + " reconsumed=" + message.getReconsumeTimes() + " prepared=" + message.getPreparedTransactionOffset()
            + " properties=" + properties + " body=" + hex(message.getBody());
    }

    private static String host(SocketAddress host) {
        InetSocketAddress address = (InetSocketAddress) host;
        return hex(address.getAddress().getAddress()) + ":" + address.getPort();
    }

    private static String hex(byte[] bytes) {
        char[] digits = new char[bytes.length * 2];
        for (int i = 0; i < bytes.length; i++) {
            digits[2 * i] = Character.forDigit(bytes[i] >> 4 & 15, 16);
            digits[2 * i + 1] = Character.forDigit(bytes[i] & 15, 16);
        }
        return new String(digits);
    }

    /** As it is, but for what separates things in a listing and what is not printable ASCII. */
    private static String plain(String text) {
        StringBuilder plain = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b < 0x7f && b != '%' && b != ';' && b != '=') {
                plain.append((char) b);
            } else {
                plain.append('%').append(hex(new byte[] {b}));
            }
        }
        return plain.toString();
    }
}

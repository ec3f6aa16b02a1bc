import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** A producer: sends in each way there is, looks messages up, and asks for replies. */
final class Sender {
    private static final int MOST_IN_FLIGHT = 64;
    private static final long PATIENCE_MS = 30000;

    private final String name;
    private final DefaultMQProducer producer;
    private volatile boolean halted;

    Sender(Command command) throws MQClientException {
        name = command.text("name");
        producer = command.is("trace")
            ? new DefaultMQProducer(command.text("group"), null, true, null)
            : new DefaultMQProducer(command.text("group"));
        producer.setNamesrvAddr(Client.namesrv);
        producer.setClientIP("127.0.0.1");
        producer.setInstanceName(name);
        producer.setSendMsgTimeout(15000);
        producer.start();
    }

    void stop() {
        halted = true;
        producer.shutdown();
    }

    /** Ends a send without a count. */
    void halt() {
        halted = true;
    }

    void send(Command command) throws Exception {
        int count = command.number("count", 0);
        int first = command.number("first", 0);
        int most = count == 0 ? Integer.MAX_VALUE : first + count;
        String mode = command.text("mode", "sync");
        halted = false;
        Semaphore free = new Semaphore(MOST_IN_FLIGHT);
        for (int i = first; i < most && !halted; i++) {
            Thread.sleep(command.number("pauseMs", 0));
            switch (mode) {
                case "sync":
                    sendSync(message(command, i), command);
                    break;
                case "async":
                    free.acquire();
                    sendAsync(message(command, i), command, free);
                    break;
                case "oneway":
                    Message message = message(command, i);
                    long start = Line.nowUs();
                    producer.sendOneway(message);
                    line(message, command, start).put("outcome", "unknown").write();
                    break;
                case "batch":
                    int size = Math.min(command.number("batch", 16), most - i);
                    sendBatch(command, i, size);
                    i += size - 1;
                    break;
                default:
                    throw new IllegalArgumentException("no such way to send: " + mode);
            }
        }
        free.acquire(MOST_IN_FLIGHT);
    }

    private static Message message(Command command, int number) {
        String[] tags = command.text("tags", "").split(",", -1);
        StringBuilder body = new StringBuilder(command.text("prefix") + "/" + number);
        while (body.length() < command.number("bytes", 0)) {
            body.append(" and on");
        }
        Message message = new Message(command.text("topic"), Line.bytes(body.toString()));
        String tag = tags[number % tags.length];
        if (!tag.isEmpty()) {
            message.setTags(tag);
        }
        message.setKeys(command.text("keys", command.text("prefix") + "-" + number));
        message.putUserProperty("x-number", Integer.toString(number));
        message.putUserProperty("x-text", command.text("text", "grün = 緑; %|\"\\"));
        if (command.number("level", 0) > 0) {
            message.setDelayTimeLevel(command.number("level", 0));
        }
        return message;
    }

    private Line line(Message message, Command command, long start) {
        return new Line("send").put("client", name).put("topic", message.getTopic()).put("hash", Line.hash(message))
            .put("tag", message.getTags()).put("keys", message.getKeys()).put("level", command.number("level", 0))
            .from(start);
    }

    private static Line acknowledged(Line line, SendResult result, int place, String id) {
        boolean stored = result.getSendStatus() == SendStatus.SEND_OK;
        return line.put("outcome", stored ? "ok" : "unknown").put("broker", result.getMessageQueue().getBrokerName())
            .put("queue", result.getMessageQueue().getQueueId()).put("offset", result.getQueueOffset() + place)
            .put("id", id);
    }

    /** A refusal by the broker is an answer; whatever else happens leaves open whether the message is there. */
    private static Line failed(Line line, Throwable failure) {
        return line.put("outcome", failure instanceof MQBrokerException ? "failed" : "unknown")
            .put("why", failure.toString());
    }

    private void sendSync(Message message, Command command) {
        int queues = command.number("queues", 0);
        long start = Line.nowUs();
        try {
            SendResult result = queues == 0
                ? producer.send(message)
                : producer.send(message, (all, ignored, number) -> all.get((Integer) number % queues),
                    Integer.parseInt(message.getUserProperty("x-number")));
            acknowledged(line(message, command, start), result, 0, result.getOffsetMsgId())
                .put("unique", result.getMsgId()).write();
        } catch (Exception failure) {
            failed(line(message, command, start), failure).write();
        }
    }

    private void sendAsync(Message message, Command command, Semaphore free) {
        long start = Line.nowUs();
        SendCallback callback = new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                acknowledged(line(message, command, start), result, 0, result.getOffsetMsgId())
                    .put("unique", result.getMsgId()).write();
                free.release();
            }

            @Override
            public void onException(Throwable failure) {
                failed(line(message, command, start), failure).write();
                free.release();
            }
        };
        try {
            producer.send(message, callback);
        } catch (Exception failure) {
            callback.onException(failure);
        }
    }

    private void sendBatch(Command command, int first, int size) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            messages.add(message(command, first + i));
        }
        String batch = name + "/" + command.text("prefix") + "/" + first;
        long start = Line.nowUs();
        try {
            SendResult result = producer.send(messages);
            String[] ids = result.getOffsetMsgId().split(",");
            for (int i = 0; i < size; i++) {
                acknowledged(line(messages.get(i), command, start), result, i, ids[i]).put("batch", batch).write();
            }
        } catch (Exception failure) {
            for (Message message : messages) {
                failed(line(message, command, start), failure).put("batch", batch).write();
            }
        }
    }

    /** By the id that the broker gave it, or the one that its producer did: the library tells which. */
    void view(Command command) throws Exception {
        String id = command.text("id");
        long start = Line.nowUs();
        MessageExt found;
        try {
            found = producer.viewMessage(command.text("topic"), id);
        } catch (MQClientException | MQBrokerException notThere) {
            found = null;
        }
        lookup(command, command.text("by"), id, start, found == null ? List.of() : List.of(found));
    }

    void query(Command command) throws Exception {
        String key = command.text("key");
        int most = command.number("most", 64);
        long start = Line.nowUs();
        List<MessageExt> found;
        try {
            found = producer.queryMessage(command.text("topic"), key, most, 0, Long.MAX_VALUE).getMessageList();
        } catch (MQClientException none) {
            found = List.of();
        }
        lookup(command, "key", key, start, found);
    }

    private void lookup(Command command, String by, String value, long start, List<MessageExt> found) {
        List<String> lines = found.stream().map(one -> String.format("[%s,%d,%d,%s]",
            Line.quoted(one.getBrokerName() == null ? "" : one.getBrokerName()), one.getQueueId(),
            one.getQueueOffset(), Line.quoted(Line.hash(one)))).collect(Collectors.toList());
        new Line("lookup").put("client", name).put("outcome", "ok").put("topic", command.text("topic")).put("by", by)
            .put("value", value).put("most", command.number("most", 64)).put("found", lines).from(start).write();
    }

    void request(Command command) throws Exception {
        for (int i = 0; i < command.number("count", 1); i++) {
            Message message = message(command, i);
            long start = Line.nowUs();
            Message reply = command.is("callback") ? callback(message) : producer.request(message, PATIENCE_MS);
            new Line("request").put("client", name).put("outcome", "ok").put("topic", message.getTopic())
                .put("body", new String(message.getBody(), "UTF-8")).put("answer", new String(reply.getBody(), "UTF-8"))
                .from(start).write();
        }
    }

    /** 5.3.3 waits for a reply only when it is asked this way, with a queue chosen and a callback. */
    private Message callback(Message message) throws Exception {
        CompletableFuture<Message> replied = new CompletableFuture<>();
        producer.request(message, (all, ignored, number) -> all.get(0), null, new RequestCallback() {
            @Override
            public void onSuccess(Message reply) {
                replied.complete(reply);
            }

            @Override
            public void onException(Throwable failure) {
                replied.completeExceptionally(failure);
            }
        }, PATIENCE_MS);
        return replied.get();
    }
}

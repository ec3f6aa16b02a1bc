import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.rocketmq.common.message.MessageQueue;

/** Tells which queues a consumer holds, whenever that changed. The library has no event for it in every version. */
final class QueueWatch extends Thread {
    private final String client;
    private final String group;
    private final Supplier<Collection<MessageQueue>> held;
    private volatile boolean ended;

    QueueWatch(String client, String group, Supplier<Collection<MessageQueue>> held) {
        super("queues of " + client);
        this.client = client;
        this.group = group;
        this.held = held;
        setDaemon(true);
    }

    @Override
    public void run() {
        Set<String> told = null;
        while (!ended) {
            Set<String> now = new TreeSet<>();
            for (MessageQueue one : held.get()) {
                now.add("[" + Line.quoted(one.getTopic()) + "," + Line.quoted(one.getBrokerName()) + ","
                    + one.getQueueId() + "]");
            }
            if (!now.equals(told)) {
                new Line("queues").put("client", client).put("group", group).put("outcome", "ok").put("queues", now)
                    .from(Line.nowUs()).write();
                told = now;
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException end) {
                return;
            }
        }
    }

    void end() {
        ended = true;
        interrupt();
    }
}

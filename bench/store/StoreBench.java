import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageExtBatch;
import org.apache.rocketmq.store.DefaultMessageStore;
import org.apache.rocketmq.store.GetMessageResult;
import org.apache.rocketmq.store.GetMessageStatus;
import org.apache.rocketmq.store.MessageExtBrokerInner;
import org.apache.rocketmq.store.PutMessageResult;
import org.apache.rocketmq.store.SelectMappedBufferResult;
import org.apache.rocketmq.store.config.FlushDiskType;
import org.apache.rocketmq.store.config.MessageStoreConfig;
import org.apache.rocketmq.store.stats.BrokerStatsManager;

/**
 * Drives Apache's store without a broker around it: one workload, and one object of JSON on stdout. The options and
 * the fields are those of gantry-store-bench. A burst is what its store can take at once: a batch, whose messages are
 * of one queue; with --burst 1 each message is put by itself, as a broker does with those that clients send one by
 * one.
 */
public final class StoreBench {
    private static final int QUEUES_OF_A_TOPIC = 4;
    private static final int POOL = 1024;  // messages that a thread sends in turn
    private static final int FILL_BATCH = 32;
    private static final InetSocketAddress HOST = new InetSocketAddress("127.0.0.1", 10911);

    private final Map<String, String> options;
    private final DefaultMessageStore store;
    private final String[] topics;
    private final LongAdder messages = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final Map<String, Object> report = new LinkedHashMap<>();
    private volatile boolean running;

    /** What a thread goes through again and again: a message, or a batch of them. */
    private static final class Item {
        byte[] body;
        Map<String, String> properties;
        String encodedProperties;
    }

    private interface Work {
        void run(int thread) throws Exception;
    }

    private StoreBench(Map<String, String> options) throws Exception {
        this.options = options;
        MessageStoreConfig config = new MessageStoreConfig();
        config.setStorePathRootDir(text("dir"));
        config.setStorePathCommitLog(text("dir") + File.separator + "commitlog");
        config.setFlushDiskType(text("flush").equals("sync") ? FlushDiskType.SYNC_FLUSH : FlushDiskType.ASYNC_FLUSH);
        config.setTransientStorePoolEnable(text("flush").equals("pool"));
        config.setMessageIndexEnable(Boolean.parseBoolean(text("key-index")));
        config.setCleanFileForciblyEnable(false);
        config.setHaListenPort(0);
        // A disk that stalls must not turn sends away: that would only look fast.
        config.setOsPageCacheBusyTimeOutMills(60000);
        store = new DefaultMessageStore(config, new BrokerStatsManager("bench", true), (a, b, c, d, e, f, g) -> { },
            new BrokerConfig());
        long begin = System.nanoTime();
        if (!store.load()) {
            throw new IOException("Apache's store did not load " + text("dir"));
        }
        store.start();
        report.put("open_seconds", seconds(begin));
        topics = new String[Math.max(1, number("queues") / QUEUES_OF_A_TOPIC)];
        for (int i = 0; i < topics.length; i++) {
            topics[i] = String.format("bench-%05d", i);
        }
    }

    public static void main(String[] arguments) {
        int code = 0;
        try {
            StoreBench bench = new StoreBench(parse(arguments));
            bench.run();
            bench.store.shutdown();
            System.out.println(bench.json());
        } catch (Exception why) {
            why.printStackTrace();
            code = 1;
        }
        System.exit(code);
    }

    private static Map<String, String> parse(String[] arguments) {
        Map<String, String> options = new HashMap<>(Map.ofEntries(
            Map.entry("work", "append"), Map.entry("flush", "async"), Map.entry("body-bytes", "128"),
            Map.entry("queues", "4"), Map.entry("threads", "1"), Map.entry("window", "1"), Map.entry("batch", "32"),
            Map.entry("burst", "1"), Map.entry("key-index", "true"), Map.entry("fill-messages", "1000000"),
            Map.entry("warmup-seconds", "10"), Map.entry("seconds", "10"), Map.entry("device-stat", ""),
            Map.entry("read-log", "false")));
        for (int i = 0; i < arguments.length; i++) {
            String name = arguments[i].substring(2);
            if (name.equals("read-log")) {
                options.put(name, "true");
            } else if (name.equals("dir") || options.containsKey(name)) {
                options.put(name, arguments[++i]);
            } else {
                throw new IllegalArgumentException("unknown option --" + name);
            }
        }
        return options;
    }

    private void run() throws Exception {
        if (Boolean.parseBoolean(text("read-log"))) {
            readLog();
        }
        switch (text("work")) {
            case "open":
                break;
            case "fill":
                fill(number("fill-messages"));
                break;
            case "read":
                fill(number("fill-messages"));
                measure(this::read);
                break;
            default:
                if (number("queues") > QUEUES_OF_A_TOPIC) {
                    fill(number("queues"));
                }
                measure(this::append);
        }
    }

    private List<Item> pool(int thread, int burst) {
        Random random = new Random(thread);
        List<Item> pool = new ArrayList<>();
        for (int i = 0; i < Math.max(1, POOL / burst); i++) {
            List<Message> together = new ArrayList<>();
            for (int j = 0; j < burst; j++) {
                // Half of it random: no compression on the way to the disk can help.
                byte[] body = new byte[number("body-bytes")];
                byte[] half = new byte[body.length / 2];
                random.nextBytes(half);
                System.arraycopy(half, 0, body, 0, half.length);
                Message message = new Message("bench", body);
                MessageAccessor.putProperty(message, MessageConst.PROPERTY_TAGS, "TagA");
                MessageAccessor.putProperty(message, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX,
                    String.format("7F000001%016X%08X", thread, i * burst + j));
                together.add(message);
            }
            Item item = new Item();
            item.body = burst == 1 ? together.get(0).getBody() : MessageDecoder.encodeMessages(together);
            item.properties = burst == 1 ? together.get(0).getProperties() : new HashMap<>();
            item.encodedProperties = MessageDecoder.messageProperties2String(item.properties);
            pool.add(item);
        }
        return pool;
    }

    private CompletableFuture<PutMessageResult> put(Item item, int queue, int burst) {
        MessageExt message;
        if (burst == 1) {
            MessageExtBrokerInner one = new MessageExtBrokerInner();
            one.setPropertiesString(item.encodedProperties);
            message = one;
        } else {
            message = new MessageExtBatch();
        }
        message.setTopic(topics[queue / QUEUES_OF_A_TOPIC]);
        message.setQueueId(queue % QUEUES_OF_A_TOPIC);
        message.setBody(item.body);
        MessageAccessor.setProperties(message, item.properties);
        message.setBornTimestamp(System.currentTimeMillis());
        message.setBornHost(HOST);
        message.setStoreHost(HOST);
        return burst == 1 ? store.asyncPutMessage((MessageExtBrokerInner) message)
            : store.asyncPutMessages((MessageExtBatch) message);
    }

    private void fill(int count) throws Exception {
        List<Item> pool = pool(0, FILL_BATCH);
        List<Item> singles = pool(0, 1);
        int queues = number("queues");
        boolean eachQueueOnce = count == queues;
        for (int i = 0; i < count; i += eachQueueOnce ? 1 : FILL_BATCH) {
            PutMessageResult result = eachQueueOnce ? put(singles.get(i % singles.size()), i, 1).get()
                : put(pool.get(i / FILL_BATCH % pool.size()), i / FILL_BATCH % queues, FILL_BATCH).get();
            if (!result.isOk()) {
                throw new IOException("filling: " + result.getPutMessageStatus());
            }
        }
        settle();
    }

    private void append(int thread) throws Exception {
        int burst = number("burst");
        int threads = number("threads");
        int queues = number("queues");
        int window = number("window");
        List<Item> pool = pool(thread, burst);
        Semaphore room = new Semaphore(window);
        for (long i = thread; running; i += threads) {
            room.acquire();
            put(pool.get((int) (i % pool.size())), (int) (i % queues), burst).thenAccept(result -> {
                (result.isOk() ? messages : refused).add(burst);
                room.release();
            });
        }
        room.acquire(window);
    }

    /** Each thread reads its share of the queues from their beginning to their end, again and again. */
    private void read(int thread) {
        int queues = number("queues");
        int threads = number("threads");
        int batch = number("batch");
        long[] next = new long[queues];
        long count = 0;
        while (running) {
            for (int queue = thread; queue < queues && running; queue += threads) {
                GetMessageResult result = store.getMessage("bench", topics[queue / QUEUES_OF_A_TOPIC],
                    queue % QUEUES_OF_A_TOPIC, next[queue], batch, null);
                boolean found = result.getStatus() == GetMessageStatus.FOUND;
                count += found ? result.getMessageCount() : 0;
                next[queue] = found ? result.getNextBeginOffset() : 0;
                result.release();
            }
        }
        messages.add(count);
    }

    /** As a start after a crash reads it, or a slave's master: through the mapping, from end to end. */
    private void readLog() {
        long sum = 0;
        for (long at = store.getMinPhyOffset(); at < store.getMaxPhyOffset(); ) {
            SelectMappedBufferResult part = store.getCommitLogData(at);
            if (part == null) {
                break;
            }
            for (int i = 0; i < part.getSize(); i += 64) {
                sum += part.getByteBuffer().get(i);
            }
            at += part.getSize();
            part.release();
        }
        report.put("read_log_sum", sum);
    }

    private double runFor(Work work, double seconds) throws Exception {
        running = true;
        List<Thread> threads = new ArrayList<>();
        long begin = System.nanoTime();
        for (int i = 0; i < number("threads"); i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                try {
                    work.run(number);
                } catch (Exception why) {
                    why.printStackTrace();
                    Runtime.getRuntime().halt(1);
                }
            });
            thread.start();
            threads.add(thread);
        }
        Thread.sleep((long) (seconds * 1000));
        running = false;
        for (Thread thread : threads) {
            thread.join();
        }
        return seconds(begin);
    }

    private void measure(Work work) throws Exception {
        runFor(work, Double.parseDouble(text("warmup-seconds")));
        settle();
        messages.reset();
        refused.reset();
        double disk = diskBytes();
        double cpu = cpuSeconds();
        long stored = store.getMaxPhyOffset();
        report.put("seconds", runFor(work, Double.parseDouble(text("seconds"))));
        report.put("cpu_seconds", cpuSeconds() - cpu);
        report.put("stored_bytes", store.getMaxPhyOffset() - stored);
        report.put("messages", messages.sum());
        report.put("refused", refused.sum());
        cpu = cpuSeconds();
        long begin = System.nanoTime();
        settle();
        report.put("settle_seconds", seconds(begin));
        report.put("settle_cpu_seconds", cpuSeconds() - cpu);
        report.put("disk_bytes", diskBytes() - disk);
    }

    /** What is still only in memory goes to the disk now: queues and index have caught up, and all is synced. */
    private void settle() throws Exception {
        while (store.dispatchBehindBytes() > 0) {
            Thread.sleep(1);
        }
        store.flush();
        if (new ProcessBuilder("sync", "-f", text("dir")).inheritIO().start().waitFor() != 0) {
            throw new IOException("sync -f " + text("dir") + " failed");
        }
    }

    /** All that went to the device since it is there; the seventh figure counts sectors of 512 bytes. */
    private double diskBytes() throws IOException {
        if (text("device-stat").isEmpty()) {
            return Double.NaN;
        }
        return 512.0 * Long.parseLong(Files.readString(Path.of(text("device-stat"))).trim().split("\\s+")[6]);
    }

    private static double residentAnonymousBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon:")) {
                return 1024.0 * Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return Double.NaN;
    }

    private static double cpuSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() * 1e-9;
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) * 1e-9;
    }

    private String text(String option) {
        return options.get(option);
    }

    private int number(String option) {
        return Integer.parseInt(text(option));
    }

    private String json() throws IOException {
        report.put("resident_anonymous_bytes", residentAnonymousBytes());
        StringBuilder json = new StringBuilder("{\"store\": \"apache\", \"work\": \"" + text("work") + "\", \"flush\": \""
            + text("flush") + "\"");
        for (String name : List.of("body-bytes", "queues", "threads", "window", "batch", "burst", "key-index")) {
            json.append(", \"").append(name.replace('-', '_')).append("\": ").append(text(name));
        }
        report.forEach((name, value) -> json.append(", \"").append(name).append("\": ")
            .append(value instanceof Double && ((Double) value).isNaN() ? "null" : value));
        return json.append("}").toString();
    }
}

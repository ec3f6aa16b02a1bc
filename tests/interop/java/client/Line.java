import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** One line of the history, as JSON on stdout. harness/history.py says which fields there are, and what they mean. */
final class Line {
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    private final StringBuilder text = new StringBuilder("{");

    Line(String kind) {
        put("kind", kind);
    }

    private Line() {
    }

    /** The answer to a command, which is no operation. */
    static Line reply(String id) {
        return new Line().put("reply", id);
    }

    static long nowUs() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000L + now.getNano() / 1_000;
    }

    Line put(String name, String value) {
        return raw(name, value == null ? "null" : quoted(value));
    }

    Line put(String name, long value) {
        return raw(name, Long.toString(value));
    }

    /** `values` are JSON themselves. */
    Line put(String name, Collection<String> values) {
        return raw(name, "[" + String.join(",", values) + "]");
    }

    Line from(long startUs) {
        return put("start_us", startUs).put("end_us", nowUs());
    }

    /** What a message that came tells of itself. */
    Line message(MessageExt message) {
        return put("hash", hash(message)).put("id", message.getMsgId()).put("times", message.getReconsumeTimes())
            .put("stored_ms", message.getStoreTimestamp());
    }

    void write() {
        synchronized (OUT) {
            OUT.append(text).append("}\n");
            OUT.flush();
        }
    }

    /** Stands for all that a user put into a message: tags, keys, properties named x-..., body. */
    static String hash(Message message) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes(orNothing(message.getTags()) + "\0" + orNothing(message.getKeys()) + "\0"));
            for (Map.Entry<String, String> one : new TreeMap<>(message.getProperties()).entrySet()) {
                if (one.getKey().startsWith("x-")) {
                    digest.update(bytes(one.getKey() + "=" + one.getValue() + "\0"));
                }
            }
            digest.update(message.getBody());
            return String.format("%016x", ByteBuffer.wrap(digest.digest()).getLong());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String quoted(String value) {
        StringBuilder out = new StringBuilder("\"");
        for (char one : value.toCharArray()) {
            if (one == '"' || one == '\\') {
                out.append('\\').append(one);
            } else if (one < ' ') {
                out.append(String.format("\\u%04x", (int) one));
            } else {
                out.append(one);
            }
        }
        return out.append('"').toString();
    }

    private static String orNothing(String text) {
        return text == null ? "" : text;
    }

    private Line raw(String name, String json) {
        text.append(text.length() == 1 ? "" : ",").append(quoted(name)).append(':').append(json);
        return this;
    }
}

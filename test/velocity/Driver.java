import java.io.*;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.exception.ParseErrorException;
import org.apache.velocity.exception.MethodInvocationException;
import org.apache.velocity.runtime.parser.ParseException;

/**
 * Renders templates with Apache Velocity 1.7 for a caller on the other end of a pipe.
 *
 * A request is two frames, the template and its context as a JSON object; the answer is one byte
 * ('o' output, 'p' parse error, 'r' runtime error) and one frame. A frame is a four-byte
 * big-endian length and that many bytes of UTF-8.
 */
public final class Driver {
    public static void main(String[] args) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
        System.setOut(System.err); // whatever Velocity prints must not enter the protocol
        while (true) {
            String template;
            try {
                template = readFrame(in);
            } catch (EOFException end) {
                return;
            }
            answer(out, template, readFrame(in));
            out.flush();
        }
    }

    private static void answer(DataOutputStream out, String template, String context) throws IOException {
        char kind;
        String text;
        try {
            text = render(template, (Map<?, ?>) new Json(context).value());
            kind = 'o';
        } catch (ParseErrorException e) {
            kind = 'p';
            text = String.valueOf(e.getMessage());
        } catch (StackOverflowError | RuntimeException e) {
            // A macro's body is parsed with the template, so its errors come wrapped.
            kind = causedByParser(e) ? 'p' : 'r';
            text = e.getClass().getName() + ": " + e.getMessage();
        } catch (Error e) { // the lexer's TokenMgrError inside a string literal
            kind = 'p';
            text = e.getClass().getName() + ": " + e.getMessage();
        }
        out.writeByte(kind);
        writeFrame(out, text);
    }

    private static boolean causedByParser(Throwable e) {
        for (; e != null; e = e.getCause()) {
            if (e instanceof ParseException || e instanceof ParseErrorException) {
                return true;
            }
        }
        return false;
    }

    /** A fresh engine for each template: inline macros outlive the template that defines them. */
    private static String render(String template, Map<?, ?> variables) {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.setProperty("velocimacro.library", "");
        engine.setProperty("resource.manager.class", "org.apache.velocity.runtime.resource.ResourceManagerImpl");
        engine.init();
        VelocityContext context = new VelocityContext();
        for (Map.Entry<?, ?> e : variables.entrySet()) {
            context.put((String) e.getKey(), e.getValue());
        }
        StringWriter w = new StringWriter();
        engine.evaluate(context, w, "template", template);
        return w.toString();
    }

    private static String readFrame(DataInputStream in) throws IOException {
        byte[] b = new byte[in.readInt()];
        in.readFully(b);
        return new String(b, StandardCharsets.UTF_8);
    }

    private static void writeFrame(DataOutputStream out, String s) throws IOException {
        byte[] b = s.getBytes(StandardCharsets.UTF_8);
        out.writeInt(b.length);
        out.write(b);
    }

    /** Reads JSON into the types that a Java caller would put into a context. */
    static final class Json {
        private final String s;
        private int at;

        Json(String s) {
            this.s = s;
        }

        Object value() {
            blanks();
            char c = s.charAt(at);
            switch (c) {
                case '{': return object();
                case '[': return array();
                case '"': return string();
                case 't': at += 4; return Boolean.TRUE;
                case 'f': at += 5; return Boolean.FALSE;
                case 'n': at += 4; return null;
                default: return number();
            }
        }

        private Map<String, Object> object() {
            Map<String, Object> m = new LinkedHashMap<>();
            at++;
            for (blanks(); s.charAt(at) != '}'; blanks()) {
                String key = string();
                blanks();
                at++; // :
                m.put(key, value());
                blanks();
                if (s.charAt(at) == ',') at++;
            }
            at++;
            return m;
        }

        private List<Object> array() {
            List<Object> l = new ArrayList<>();
            at++;
            for (blanks(); s.charAt(at) != ']'; blanks()) {
                l.add(value());
                blanks();
                if (s.charAt(at) == ',') at++;
            }
            at++;
            return l;
        }

        private String string() {
            StringBuilder b = new StringBuilder();
            blanks();
            for (at++; s.charAt(at) != '"'; at++) {
                char c = s.charAt(at);
                if (c != '\\') {
                    b.append(c);
                    continue;
                }
                c = s.charAt(++at);
                switch (c) {
                    case 'n': b.append('\n'); break;
                    case 't': b.append('\t'); break;
                    case 'r': b.append('\r'); break;
                    case 'b': b.append('\b'); break;
                    case 'f': b.append('\f'); break;
                    case 'u': b.append((char) Integer.parseInt(s.substring(at + 1, at + 5), 16)); at += 4; break;
                    default: b.append(c);
                }
            }
            at++;
            return b.toString();
        }

        private Object number() {
            int start = at;
            while (at < s.length() && "+-.0123456789eE".indexOf(s.charAt(at)) >= 0) at++;
            String text = s.substring(start, at);
            if (text.matches(".*[.eE].*")) return Double.valueOf(text);
            BigInteger big = new BigInteger(text);
            if (big.bitLength() < 32) return big.intValue();
            if (big.bitLength() < 64) return big.longValue();
            return big;
        }

        private void blanks() {
            while (at < s.length() && s.charAt(at) <= ' ') at++;
        }
    }
}

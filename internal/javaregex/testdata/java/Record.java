import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Record FILE: prints for each line of the file what java.util.regex makes of it. In the file and
 * in what is printed, %XX stands for the UTF-16 code unit XX and %{XXXX} for any other.
 *
 * <pre>
 * P pattern                        the pattern of the lines that follow; printed: ok or syntax
 * I input                          printed: matches(), then each find() as start:group0:group1…
 * R replacement TAB input          printed: replaceAll(), replaceFirst(), or the exception
 * S limit TAB input                printed: the parts of split()
 * </pre>
 */
public class Record {
    static Pattern pattern;

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line : Files.readAllLines(Path.of(args[0]), StandardCharsets.UTF_8)) {
            out.println(line.length() < 2 ? "" : answer(line.charAt(0), line.substring(2)));
        }
    }

    static String answer(char kind, String rest) {
        if (kind == 'P') {
            try {
                pattern = Pattern.compile(decode(rest));
                return "ok";
            } catch (PatternSyntaxException e) {
                pattern = null;
                return "syntax";
            } catch (RuntimeException e) {
                pattern = null;
                return "syntax";
            }
        }
        if (pattern == null || kind == '#') {
            return "";
        }
        String[] parts = rest.split("\t", 2);
        switch (kind) {
            case 'I':
                return find(decode(rest));
            case 'R':
                return replace(decode(parts[0]), decode(parts[1]));
            case 'S':
                List<String> list = new ArrayList<>();
                for (String part : pattern.split(decode(parts[1]), Integer.parseInt(parts[0]))) {
                    list.add(encode(part));
                }
                return list.size() + " " + String.join("\t", list);
            default:
                throw new IllegalArgumentException(kind + " " + rest);
        }
    }

    static String find(String input) {
        StringBuilder b = new StringBuilder();
        b.append(pattern.matcher(input).matches() ? "whole" : "part");
        Matcher m = pattern.matcher(input);
        for (int n = 0; n < 50 && m.find(); n++) {
            b.append('\t').append(input.codePointCount(0, m.start()));
            for (int g = 0; g <= m.groupCount(); g++) {
                b.append(':').append(m.group(g) == null ? "-" : encode(m.group(g)));
            }
        }
        return b.toString();
    }

    static String replace(String replacement, String input) {
        try {
            return encode(pattern.matcher(input).replaceAll(replacement)) + "\t"
                    + encode(pattern.matcher(input).replaceFirst(replacement));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return "illegal";
        }
    }

    static String decode(String s) {
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) != '%') {
                b.append(s.charAt(i));
            } else if (s.charAt(i + 1) == '{') {
                int end = s.indexOf('}', i);
                b.append((char) Integer.parseInt(s.substring(i + 2, end), 16));
                i = end;
            } else {
                b.append((char) Integer.parseInt(s.substring(i + 1, i + 3), 16));
                i += 2;
            }
        }
        return b.toString();
    }

    static String encode(String s) {
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c < ' ' || c == '%' || c == ':' || c == 0x7F || c == '-') {
                b.append(String.format("%%%02X", (int) c));
            } else if (c == 0x85 || c == 0x2028 || c == 0x2029) {
                b.append(String.format("%%{%04X}", (int) c));
            } else {
                b.append(c);
            }
        }
        return b.toString();
    }
}

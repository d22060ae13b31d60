import com.jayway.jsonpath.*;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Collection;
import java.util.List;

/**
 * Record FILE: the first line of the file is a JSON document, each further line a path. Prints for
 * each path what reading it yields: "definite" or "list", a tab, and the JSON text; or "missing"
 * (PathNotFoundException), "syntax" (the path does not compile) or "error" (anything else thrown).
 */
public class Record {
    public static void main(String[] args) throws Exception {
        List<String> lines = Files.readAllLines(java.nio.file.Path.of(args[0]), StandardCharsets.UTF_8);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String path : lines.subList(1, lines.size())) {
            out.println(read(lines.get(0), path));
        }
    }

    static String read(String document, String path) {
        JsonPath compiled;
        try {
            compiled = JsonPath.compile(path);
        } catch (InvalidPathException e) {
            return "syntax";
        }
        try {
            String kind = compiled.isDefinite() ? "definite" : "list";
            return kind + "\t" + json(compiled.read(document));
        } catch (PathNotFoundException e) {
            return "missing";
        } catch (Exception e) {
            return "error";
        }
    }

    static String json(Object value) {
        if (value instanceof String) { // the provider writes arrays and objects only
            String list = json(List.of(value));
            return list.substring(1, list.length() - 1);
        }
        if (value == null || value instanceof Number || value instanceof Boolean) {
            return String.valueOf(value);
        }
        if (value instanceof Collection && !(value instanceof List)) { // keys()
            value = List.copyOf((Collection<?>) value);
        }
        return Configuration.defaultConfiguration().jsonProvider().toJson(value);
    }
}

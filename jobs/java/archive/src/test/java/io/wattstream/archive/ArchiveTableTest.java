package io.wattstream.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.types.Row;
import org.apache.flink.util.CollectionUtil;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The connector as SQL uses it; what it writes is read with Flink's own, as the batch over the
 * archive does. That files appear with a checkpoint, all of them once, is for the tests of the
 * flow.
 */
class ArchiveTableTest {
    private static final String COLUMNS =
            """
            (meter_id STRING, ts BIGINT, arrival_ms BIGINT, demand DOUBLE, voltage_v DOUBLE, late BOOLEAN)
            """;

    private final TableEnvironment tEnv =
            TableEnvironment.create(EnvironmentSettings.inBatchMode());

    @TempDir private Path folder;

    @Test
    void everyRowIsInTheFolderOfItsDay() throws Exception {
        archive("'path' = '%s', 'day-of' = 'ts'".formatted(folder.toUri()));
        tEnv.executeSql(
                        """
                        INSERT INTO archive VALUES
                            ('last', 1356998399999, 1356998400100, 1.5, 230.1, FALSE),
                            ('first', 1356998400000, 1356998400100, -0.001, CAST(NULL AS DOUBLE), FALSE),
                            ('before the epoch', -1, 1356998400200, 0.0, 229.9, TRUE),
                            ('last again', 1356998399999, 1356998400300, 1.5, 230.1, TRUE)
                        """)
                .await();
        tEnv.executeSql(
                """
                CREATE TABLE written WITH (
                    'connector' = 'filesystem', 'format' = 'parquet', 'path' = '%s')
                LIKE archive (EXCLUDING OPTIONS)
                """
                        .formatted(folder.toUri()));
        List<Row> rows =
                CollectionUtil.iteratorToList(tEnv.executeSql("SELECT * FROM written").collect());
        assertEquals(
                Set.of("event_date=2012-12-31", "event_date=2013-01-01", "event_date=1969-12-31"),
                Set.of(folder.toFile().list()));
        assertEquals(
                Set.of(
                        Row.of("last", 1356998399999L, 1356998400100L, 1.5, 230.1, false),
                        Row.of("first", 1356998400000L, 1356998400100L, -0.001, null, false),
                        Row.of("before the epoch", -1L, 1356998400200L, 0.0, 229.9, true),
                        Row.of("last again", 1356998399999L, 1356998400300L, 1.5, 230.1, true)),
                Set.copyOf(rows));
        assertEquals(4, rows.size());
    }

    @Test
    void anOptionThatIsWrongIsNamed() {
        Map<String, String> wrong =
                Map.of(
                        "'path' = '/nowhere'", "required options are missing",
                        "'day-of' = 'ts'", "required options are missing",
                        "'path' = '/nowhere', 'day-of' = 'arrival'", "'day-of' is 'arrival'",
                        "'path' = '/nowhere', 'day-of' = 'demand'", "'day-of' is 'demand'",
                        "'path' = '/nowhere', 'day-of' = 'ts', 'format' = 'csv'", "format");
        wrong.forEach(
                (options, named) -> {
                    archive(options);
                    Throwable error =
                            assertThrows(
                                    ValidationException.class,
                                    () ->
                                            tEnv.explainSql(
                                                    "INSERT INTO archive VALUES ('a', 1, 2, 3e0, 4e0, TRUE)"));
                    String said =
                            ExceptionUtils.findThrowable(error, each -> each.getCause() == null)
                                    .orElseThrow()
                                    .getMessage();
                    assertTrue(said.contains(named), () -> options + ": " + said);
                });
    }

    private void archive(String options) {
        tEnv.executeSql("DROP TABLE IF EXISTS archive");
        tEnv.executeSql(
                "CREATE TABLE archive %s WITH ('connector' = 'archive', %s)"
                        .formatted(COLUMNS, options));
    }
}

package io.wattstream.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

/** The format is found, and refuses tables that it cannot fill. */
class ReadingFormatFactoryTest {
    @Test
    void isFoundByItsIdentifier() {
        assertInstanceOf(
                ReadingFormatFactory.class,
                FactoryUtil.discoverFactory(
                        getClass().getClassLoader(),
                        DeserializationFormatFactory.class,
                        "wattstream-reading"));
    }

    @Test
    void columnsMayBeFewAndInAnyOrder() {
        assertArrayEquals(
                new ReadingColumn[] {
                    ReadingColumn.PROBLEM, ReadingColumn.REGISTER, ReadingColumn.METER_ID
                },
                ReadingColumn.of(
                        row(
                                DataTypes.FIELD("problem", DataTypes.STRING()),
                                DataTypes.FIELD("register", DataTypes.BIGINT()),
                                DataTypes.FIELD("meter_id", DataTypes.STRING()))));
    }

    static Stream<Arguments> wrongColumns() {
        return Stream.of(
                Arguments.of("reading", DataTypes.STRING()),
                Arguments.of("METER_ID", DataTypes.STRING()),
                Arguments.of("seq", DataTypes.INT()),
                Arguments.of("register", DataTypes.DOUBLE()),
                Arguments.of("ts", DataTypes.BIGINT().notNull()));
    }

    @ParameterizedTest
    @MethodSource("wrongColumns")
    void aWrongColumnIsNamed(String name, DataType type) {
        RowType table = row(DataTypes.FIELD(name, type));

        ValidationException error =
                assertThrows(ValidationException.class, () -> ReadingColumn.of(table));

        assertTrue(error.getMessage().contains("'" + name + "'"), error.getMessage());
    }

    private static RowType row(DataTypes.Field... fields) {
        return (RowType) DataTypes.ROW(fields).getLogicalType();
    }
}

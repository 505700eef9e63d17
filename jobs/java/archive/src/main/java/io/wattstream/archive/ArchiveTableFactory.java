package io.wattstream.archive;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.core.fs.Path;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

import java.util.Set;

/**
 * {@code 'connector' = 'archive'}: a table that is written as Parquet files in a folder a day.
 *
 * <p>Flink's own {@code filesystem} connector does that, too, at a cost for each row that an
 * archive of every reading feels: docs/decisions/0015-the-archive-has-its-own-connector.md.
 */
public final class ArchiveTableFactory implements DynamicTableSinkFactory {
    /** The folder that holds the days' folders. */
    static final ConfigOption<String> PATH =
            ConfigOptions.key("path").stringType().noDefaultValue();

    /** The column, milliseconds since the epoch, whose UTC day is a row's folder. */
    static final ConfigOption<String> DAY_OF =
            ConfigOptions.key("day-of").stringType().noDefaultValue();

    @Override
    public String factoryIdentifier() {
        return "archive";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(PATH, DAY_OF);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    /**
     * The sink of a table.
     *
     * @throws ValidationException if an option is missing or unknown, or {@code day-of} is not a
     *     column of type BIGINT
     */
    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validate();
        RowType type = (RowType) context.getPhysicalRowDataType().getLogicalType();
        String column = helper.getOptions().get(DAY_OF);
        int position = type.getFieldIndex(column);
        if (position < 0 || !type.getTypeAt(position).is(LogicalTypeRoot.BIGINT)) {
            throw new ValidationException(
                    "'%s' is '%s'; it must be a column of type BIGINT, milliseconds since the epoch."
                            .formatted(DAY_OF.key(), column));
        }
        return new ArchiveTableSink(
                new Path(helper.getOptions().get(PATH)), type, new DayBucketAssigner(position));
    }
}

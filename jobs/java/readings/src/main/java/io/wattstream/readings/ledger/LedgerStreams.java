package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.PackOperator;
import io.wattstream.readings.windows.PackedRow;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.util.OutputTag;

/**
 * What follows from readings: the streams that come of one pass over them.
 *
 * @param liveMeters live values of meters as JSON
 * @param minutes of meters, and corrections
 * @param periods of meters, and corrections
 * @param groupSlices areas, feeders and regions when they change
 * @param areaMinutes of areas
 * @param largest meters of each commodity, by power and by energy, when they change
 * @param feederFacts of feeders where something is the matter, and days of those with a supply
 * @param meterHours of homes' electricity meters
 */
public record LedgerStreams(
        DataStream<RowData> liveMeters,
        DataStream<RowData> minutes,
        DataStream<RowData> periods,
        DataStream<RowData> groupSlices,
        DataStream<RowData> areaMinutes,
        DataStream<RowData> largest,
        DataStream<RowData> feederFacts,
        DataStream<RowData> meterHours) {
    private static final OutputTag<RowData> MINUTES =
            new OutputTag<>("minutes", InternalTypeInfo.of(HistoryRow.type("minute_ms")));
    private static final OutputTag<RowData> PERIODS =
            new OutputTag<>("periods", InternalTypeInfo.of(HistoryRow.type("period_ms")));
    private static final OutputTag<RowData> CHANGES =
            new OutputTag<>("changes", InternalTypeInfo.of(GroupRow.changeType()));
    private static final OutputTag<RowData> LARGEST =
            new OutputTag<>("largest", InternalTypeInfo.of(LargestRow.partType()));
    private static final OutputTag<RowData> TO_ALL =
            new OutputTag<>("to all", InternalTypeInfo.of(PackedRow.type()));
    private static final OutputTag<RowData> FEEDERS =
            new OutputTag<>("feeders", InternalTypeInfo.of(PartRow.type()));
    private static final OutputTag<RowData> HOURS =
            new OutputTag<>("hours", InternalTypeInfo.of(HourRow.type()));
    private static final OutputTag<RowData> DAYS =
            new OutputTag<>("days", InternalTypeInfo.of(PartRow.type()));
    private static final OutputTag<RowData> AREA_MINUTES =
            new OutputTag<>("area minutes", InternalTypeInfo.of(GroupRow.minuteType()));

    /**
     * Those of usable readings, of heartbeats that partitions' writers send, and announcements.
     *
     * @param columns where the readings have what
     */
    public static LedgerStreams of(
            DataStream<RowData> readings, PackOperator.Columns columns, Rules rules) {
        SingleOutputStreamOperator<RowData> packed =
                readings.transform(
                                "pack readings",
                                InternalTypeInfo.of(PackedRow.type()),
                                new PackOperator(
                                        columns, rules.sliceMs(), rules.behindMs(), TO_ALL))
                        .uid("pack-readings");
        KeySelector<RowData, Integer> byMeter = PackedRow::meterHash;
        SingleOutputStreamOperator<RowData> meters =
                packed.keyBy(byMeter, Types.INT)
                        .union(packed.getSideOutput(TO_ALL).broadcast())
                        // Whoever looks for windows, as of SQL, finds it by this name.
                        .transform(
                                "MeterWindowAggregate",
                                InternalTypeInfo.of(LiveRow.type()),
                                new MeterOperator(
                                        rules, MINUTES, PERIODS, CHANGES, LARGEST, FEEDERS, HOURS,
                                        DAYS))
                        .uid("meters");
        keyState(meters, byMeter);
        SingleOutputStreamOperator<RowData> groups =
                meters.getSideOutput(CHANGES)
                        .keyBy(GroupRow::hash, Types.INT)
                        .transform(
                                "groups",
                                InternalTypeInfo.of(GroupRow.sliceType()),
                                new GroupOperator(rules.sliceMs(), AREA_MINUTES))
                        .uid("groups");
        DataStream<RowData> largest =
                meters.getSideOutput(LARGEST)
                        .keyBy(LargestRow::number, Types.INT)
                        .transform(
                                "largest",
                                InternalTypeInfo.of(LargestRow.type()),
                                new LargestOperator())
                        .uid("largest")
                        // A few rows a minute.
                        .setParallelism(1);
        DataStream<RowData> feederFacts =
                meters.getSideOutput(FEEDERS)
                        .keyBy(PartRow::hash, Types.INT)
                        .transform(
                                "feeders",
                                InternalTypeInfo.of(FactRow.type()),
                                new FeederOperator(rules.sliceMs()))
                        .uid("feeders");
        DataStream<RowData> feederDays =
                meters.getSideOutput(DAYS)
                        .keyBy(PartRow::hash, Types.INT)
                        .transform(
                                "feeder days",
                                InternalTypeInfo.of(FactRow.type()),
                                new FeederDayOperator())
                        .uid("feeder-days");
        return new LedgerStreams(
                meters,
                meters.getSideOutput(MINUTES),
                meters.getSideOutput(PERIODS),
                groups,
                groups.getSideOutput(AREA_MINUTES),
                largest,
                feederFacts.union(feederDays),
                meters.getSideOutput(HOURS));
    }

    /**
     * Lets an operator have keyed state as if all that it reads were keyed: of what is told to all
     * of its subtasks it keeps the same in each.
     */
    private static void keyState(
            SingleOutputStreamOperator<RowData> meters, KeySelector<RowData, Integer> key) {
        @SuppressWarnings("unchecked")
        var keyed = (OneInputTransformation<RowData, RowData>) meters.getTransformation();
        keyed.setStateKeySelector(key);
        keyed.setStateKeyType(Types.INT);
    }
}

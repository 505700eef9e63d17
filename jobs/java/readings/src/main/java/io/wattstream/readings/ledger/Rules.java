package io.wattstream.readings.ledger;

import java.io.Serializable;

/**
 * The rules of time by which a ledger is kept.
 *
 * @param sliceMs length of a slice, which divides a minute
 * @param behindMs how far the watermark is behind the arrival
 * @param periodMs length of a period, which whole minutes divide and which divides a day
 * @param correctionWindowMs late readings make a row for so much time of arrival
 */
public record Rules(long sliceMs, long behindMs, long periodMs, long correctionWindowMs)
        implements Serializable {}

package io.wattstream.readings.decoding;

/** Numbers of few digits, read from the bytes of a message. */
final class PlainNumber {
    /** Any number of so many digits is exact as a double. */
    static final int MOST_DIGITS = 15;

    static final long[] POWERS = new long[MOST_DIGITS + 1];

    static {
        POWERS[0] = 1;
        for (int i = 1; i < POWERS.length; i++) {
            POWERS[i] = 10 * POWERS[i - 1];
        }
    }

    private PlainNumber() {}

    /** Where the digits that begin here end. */
    static int endOfDigits(byte[] message, int at) {
        int end = at;
        while (end < message.length && message[end] >= '0' && message[end] <= '9') {
            end++;
        }
        return end;
    }

    /** Whether these digits are a whole number as JSON has it, and few enough. */
    static boolean isWhole(byte[] message, int start, int end) {
        int digits = end - start;
        return digits == 1 || (digits > 1 && digits <= MOST_DIGITS && message[start] != '0');
    }

    /** The number that digits make. */
    static long whole(byte[] message, int start, int end) {
        long number = 0;
        for (int i = start; i < end; i++) {
            number = 10 * number + (message[i] - '0');
        }
        return number;
    }
}

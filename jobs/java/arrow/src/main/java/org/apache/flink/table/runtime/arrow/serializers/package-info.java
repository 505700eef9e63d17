/** Of Flink, where what it does there ends a task manager. */
package org.apache.flink.table.runtime.arrow.serializers;

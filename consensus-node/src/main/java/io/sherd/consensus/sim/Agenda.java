package io.sherd.consensus.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is to happen when. What is planned for one time happens in the order in which it was planned. The near future is a ring
 * with a queue for each unit of time, so that planning and taking cost the same however much is planned.
 */
final class Agenda {

    private static final int RING = 1 << 10;

    private final List<ArrayDeque<Runnable>> near = new ArrayList<>();
    private final TreeMap<Long, ArrayDeque<Runnable>> far = new TreeMap<>();
    private long now;
    private int nearCount;

    Agenda() {
        for (int i = 0; i < RING; i++) {
            near.add(new ArrayDeque<>());
        }
    }

    /** The time at which the last action taken was planned to happen. */
    long now() {
        return now;
    }

    /** Plans an action so many units from now. */
    void plan(long delay, Runnable action) {
        if (delay < RING) {
            near.get(slot(now + delay)).add(action);
            nearCount++;
        } else {
            far.computeIfAbsent(now + delay, time -> new ArrayDeque<>()).add(action);
        }
    }

    /** Does the next action, if one is planned up to a time; otherwise goes to that time. Returns whether there was one. */
    boolean step(long end) {
        while (true) {
            Runnable action = near.get(slot(now)).poll();
            if (action != null) {
                nearCount--;
                action.run();
                return true;
            }
            if (now >= end) {
                return false;
            }
            advance(end);
        }
    }

    private void advance(long end) {
        now = nearCount == 0 ? Math.min(end, far.isEmpty() ? end : far.firstKey()) : now + 1;
        while (!far.isEmpty() && far.firstKey() < now + RING) {
            Map.Entry<Long, ArrayDeque<Runnable>> due = far.pollFirstEntry();
            near.get(slot(due.getKey())).addAll(due.getValue());
            nearCount += due.getValue().size();
        }
    }

    private static int slot(long time) {
        return (int) (time & (RING - 1));
    }
}

package io.sherd.replication.genesis;

import io.sherd.replication.ledger.MemberChange;
import io.sherd.replication.ledger.Request;
import io.sherd.replication.ledger.VerifyingKey;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A member table that an admin's change is applied to, all of it or nothing. */
final class ChangedTable {

    private final MemberTable before;
    private final List<Member> members;
    private final TreeSet<VerifyingKey> clients;

    private ChangedTable(MemberTable before) {
        this.before = before;
        this.members = new ArrayList<>(before.members());
        this.clients = new TreeSet<>(before.clients());
    }

    /** Why a change does not apply to a table, or null; signatures are for others to check. */
    static @Nullable String objection(MemberTable table, Request.Change change) {
        if (change.epoch() != table.epoch()) {
            return "the change is for epoch %d, the cluster is in epoch %d".formatted(change.epoch(), table.epoch());
        }
        if (!table.admins().contains(change.admin())) {
            return "the key %s is no admin's".formatted(change.admin().hex());
        }
        return new ChangedTable(table).applyAll(change);
    }

    /** The table of the next epoch: changed if the change applies, otherwise the same. */
    static MemberTable after(MemberTable table, Request.Change change) {
        ChangedTable changed = new ChangedTable(table);
        if (objection(table, change) == null) {
            changed.applyAll(change);
        }
        return new MemberTable(table.epoch() + 1, changed.members, List.copyOf(changed.clients), table.admins());
    }

    private @Nullable String applyAll(Request.Change change) {
        for (MemberChange each : change.changes()) {
            String objection = apply(each);
            if (objection != null) {
                return objection;
            }
        }
        return clients.size() > MemberTable.MAX_KEYS
                ? "%d client keys, at most %d are allowed".formatted(clients.size(), MemberTable.MAX_KEYS)
                : null;
    }

    private @Nullable String apply(MemberChange change) {
        return switch (change) {
            case MemberChange.ReplaceKey c -> replaceKey(c);
            case MemberChange.ChangeAddress c -> changeAddress(c);
            case MemberChange.AddClient(VerifyingKey key) ->
                clients.add(key) ? null : "the key %s is a client's already".formatted(key.hex());
            case MemberChange.RevokeClient(VerifyingKey key) ->
                clients.remove(key) ? null : "the key %s is no client's".formatted(key.hex());
        };
    }

    /** A key that a replica has now, even one that gets another by the same change, is not given to anybody. */
    private @Nullable String replaceKey(MemberChange.ReplaceKey change) {
        if (change.replica() >= members.size()) {
            return noReplica(change.replica());
        }
        for (int i = 0; i < members.size(); i++) {
            boolean other = i != change.replica();
            if (before.member(i).key().equals(change.key())
                    || (other && members.get(i).key().equals(change.key()))) {
                return "replica %d has the key %s already"
                        .formatted(i, change.key().hex());
            }
            if (other && members.get(i).tlsPin().equals(change.tlsPin())) {
                return "replica %d has the TLS pin %s already"
                        .formatted(i, change.tlsPin().hex());
            }
        }
        members.set(
                change.replica(),
                members.get(change.replica()).rekeyed(change.key(), change.tlsPin(), before.epoch() + 1));
        return null;
    }

    private @Nullable String changeAddress(MemberChange.ChangeAddress change) {
        if (change.replica() >= members.size()) {
            return noReplica(change.replica());
        }
        Member now = members.get(change.replica());
        Member moved = now.moved(change.peerAddress(), change.edgeAddress());
        if (moved.equals(now)) {
            return "replica %d has these addresses already".formatted(change.replica());
        }
        for (int i = 0; i < members.size(); i++) {
            if (i != change.replica()
                    && (members.get(i).peerAddress().equals(change.peerAddress())
                            || members.get(i).edgeAddress().equals(change.edgeAddress()))) {
                return "replica %d has this address already".formatted(i);
            }
        }
        members.set(change.replica(), moved);
        return null;
    }

    private String noReplica(int replica) {
        return "there is no replica %d among %d".formatted(replica, members.size());
    }
}

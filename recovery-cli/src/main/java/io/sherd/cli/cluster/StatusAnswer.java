package io.sherd.cli.cluster;

import io.sherd.consensus.rpc.GetStatusResponse;
import java.util.Optional;

/** What came of asking one replica where it stands. */
public sealed interface StatusAnswer {
    /**
     * It says where it stands.
     *
     * @param status what it says
     */
    record Heard(GetStatusResponse status) implements StatusAnswer {}

    /**
     * It does not.
     *
     * @param why what the connection, or the replica, says instead
     */
    record Silent(String why) implements StatusAnswer {}

    /**
     * It is there, and refuses to say so while it has too much to do.
     *
     * @param why what it says instead
     */
    record Busy(String why) implements StatusAnswer {}

    /** {@return what the replica says, if it says anything} */
    default Optional<GetStatusResponse> heard() {
        return switch (this) {
            case Heard(GetStatusResponse status) -> Optional.of(status);
            case Silent _, Busy _ -> Optional.empty();
        };
    }
}

package io.sherd.archive.restore;

import io.sherd.archive.learner.ContradictionException;
import io.sherd.archive.learner.LedgerSink;
import io.sherd.archive.learner.SinkException;
import io.sherd.archive.restore.VerifyReport.Finding;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.state.StateCheckpoint;
import io.sherd.archive.store.PieceStore;
import io.sherd.archive.store.StoreException;
import io.sherd.replication.checkpoint.CheckpointCertificate;
import io.sherd.replication.checkpoint.CheckpointStatement;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.learner.LearnerProgress;
import io.sherd.replication.ledger.SignatureVerifier;
import io.sherd.replication.ledger.StateMachine;
import io.sherd.replication.piece.Reassembler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes the state again from the segments that an {@link ArchiveSink} stores, where nobody has the certified one: executes them from the
 * genesis on, up to the state that the newest certificate binds, whose root must come out.
 *
 * <p>A segment is stored whole and stays so until a state checkpoint behind it is durable; only then its hints are made and its full bytes
 * go. So a replay that was interrupted goes on with what is in the stores, and the archive is never larger than a restored one by more
 * than the segments between two state checkpoints.
 */
final class ReplayingSink implements LedgerSink {

    private final ArchiveSink sink;
    private final RocksStateStore states;
    private final UndroppedEntries entries;
    private final StateReplay replay;
    private final List<Finding> findings = new ArrayList<>();

    ReplayingSink(
            Genesis genesis,
            ArchiveSink sink,
            PieceStore archive,
            RocksStateStore states,
            StateMachine machine,
            SignatureVerifier verifier) {
        this.sink = sink;
        this.states = states;
        this.entries = new UndroppedEntries(genesis, archive);
        this.replay = new StateReplay(genesis, machine, states, verifier);
    }

    @Override
    public LearnerProgress resume() throws SinkException {
        LearnerProgress progress = sink.resume();
        executeUpTo(progress.target());
        return progress;
    }

    @Override
    public void accept(Reassembler.Reassembled segment, LearnerProgress after) throws SinkException {
        sink.accept(segment, after);
        executeUpTo(after.target());
    }

    private void executeUpTo(Optional<CheckpointCertificate> certificate) throws SinkException {
        if (certificate.isEmpty()) {
            return;
        }
        CheckpointStatement statement = certificate.get().statement();
        replay.expect(
                new StateCheckpoint(statement.stateSequence(), statement.stateRoot()),
                "the certificate of position " + statement.sequence(),
                findings::add);
        try {
            entries.segmentsAfter(replay.executedSequence(), segment -> {
                if (segment.lastSequence() <= statement.stateSequence()) {
                    replay.execute(segment, findings::add);
                }
            });
            refuseWhatWasFound();
            sink.releaseUpTo(states.latest().sequence());
        } catch (StoreException e) {
            throw new SinkException(String.valueOf(e.getMessage()), e);
        }
    }

    private void refuseWhatWasFound() throws SinkException {
        if (!findings.isEmpty()) {
            ContradictionException contradiction =
                    new ContradictionException(findings.getFirst().detail());
            throw new SinkException(String.valueOf(contradiction.getMessage()), contradiction);
        }
    }

    /** Whether the state is the one that the newest certificate binds, root for root. */
    boolean isComplete(CheckpointStatement newest) {
        return states.latest().equals(new StateCheckpoint(newest.stateSequence(), newest.stateRoot()));
    }

    @Override
    public void sync() throws SinkException {
        sink.sync();
    }

    @Override
    public void close() {
        sink.close();
    }
}

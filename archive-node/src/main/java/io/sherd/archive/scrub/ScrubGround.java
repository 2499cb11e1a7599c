package io.sherd.archive.scrub;

import io.sherd.archive.learner.ConnectedSources;
import io.sherd.archive.state.RocksStateStore;
import io.sherd.archive.store.DataDirectory;
import io.sherd.archive.store.RocksPieceStore;
import io.sherd.replication.genesis.Genesis;
import io.sherd.replication.ledger.SignatureVerifier;
import java.util.function.Supplier;

/**
 * What a scrub stands on: an open data directory, and who can be asked for what is bad in it.
 *
 * @param genesis the cluster
 * @param replica whose directory it is
 * @param layout where it is
 * @param pieces its archive, open for writing
 * @param state its state, open for writing
 * @param verifier decides about signatures
 * @param others connects to the other replicas
 */
public record ScrubGround(
        Genesis genesis,
        int replica,
        DataDirectory.Layout layout,
        RocksPieceStore pieces,
        RocksStateStore state,
        SignatureVerifier verifier,
        Supplier<ConnectedSources> others) {}

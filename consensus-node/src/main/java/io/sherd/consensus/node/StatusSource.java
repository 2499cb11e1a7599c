package io.sherd.consensus.node;

import io.sherd.archive.store.StoreException;
import io.sherd.consensus.rpc.GetStatusResponse;
import io.sherd.consensus.rpc.ScrubAnswer;

/** Port: what an operator may ask of a running node. Thread-safe. */
public interface StatusSource {

    /** Where the node stands now. */
    GetStatusResponse status() throws StoreException;

    /** Writes the archive to its place on disk, and returns the bytes that it takes there. */
    long flush() throws StoreException;

    /** Begins to read everything that is stored, or goes on with it; returns where that stands. */
    ScrubAnswer startScrub() throws StoreException;

    /** Reads no more of it until that is started again; returns where it stands. */
    ScrubAnswer pauseScrub() throws StoreException;
}

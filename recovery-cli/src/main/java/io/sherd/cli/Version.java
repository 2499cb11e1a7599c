package io.sherd.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the jar's manifest states; a build from a directory of classes has none. */
final class Version implements IVersionProvider {
    /** Made by picocli. */
    Version() {}

    @Override
    public String[] getVersion() {
        String stated = Sherd.class.getPackage().getImplementationVersion();
        return new String[] {"sherd " + (stated == null ? "(from sources)" : stated)};
    }
}

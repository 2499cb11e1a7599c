/** Tests of the client against real edges whose replicas say what a test tells them to say. */
@NullMarked
package io.sherd.consensus.client;

import org.jspecify.annotations.NullMarked;

/**
 * A sample of a state machine of one's own: a ledger of tokens. Operations and results are text, so that {@code sherd client
 * send} is all the client one needs:
 *
 * <pre>
 *   open NAME                  an account without tokens, of the client who opens it
 *   mint NAME AMOUNT           new tokens; whoever mints first is the only one who may, from then on
 *   transfer FROM TO AMOUNT    tokens of one's own account to any account
 *   balance NAME               what an account has
 *   supply                     how many tokens there are
 * </pre>
 *
 * <p>A result begins with {@code ok} or {@code refused}. A refusal is a result like any other: it is in the ledger, and every
 * replica comes to it.
 *
 * <p>The state has three kinds of keys, all text:
 *
 * <pre>
 *   account/NAME   owner's key (32) | balance (8)
 *   issuer         the key of who may mint (32)
 *   supply         all tokens (8)
 * </pre>
 */
@NullMarked
package io.sherd.samples.tokens;

import org.jspecify.annotations.NullMarked;

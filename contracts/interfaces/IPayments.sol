// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteTree} from "./INoteTree.sol";
import {IPostage} from "./IPostage.sol";

/// @title IPayments
/// @notice Named postage for one letter or a million: a base that is spent at once, a bond that the recipient's
/// verdict decides, and a tip for the recipient.
/// @notice Recipients are salted leaves of a tree, and only its root is given; one appears on the chain by settling.
/// Leaf: `keccak256(abi.encode("pennypost/recipient/v1", recipient, use, salt))`. Node: `keccak256(left ‖ right)`. The
/// tree has exactly the depth that `count` leaves need, ⌈log2(count)⌉; leaves past `count` are zero.
interface IPayments {
    /// @notice What the recipient says about the letter.
    enum Verdict {
        Fine,
        Spam
    }

    /// @notice What can be out of range.
    enum Field {
        LeastBase,
        OperatorShare,
        Count,
        Base,
        Bond,
        Tip,
        DeliverBy
    }

    /// @notice What is paid for each recipient, in the token's smallest unit.
    /// @param base Burned, except for the operators' share.
    /// @param bond Goes back to the sender, unless the verdict is `Spam`: then it is burned.
    /// @param tip Goes to the recipient, whatever the verdict.
    struct Rate {
        uint96 base;
        uint96 bond;
        uint96 tip;
    }

    /// @notice The terms of a payment. Its identifier is `keccak256(abi.encode("pennypost/payment/v1", terms))`; that,
    /// shifted right by 8 bits, is the commitment of its entry in the note tree (kind 4, class number 1, limit 1,
    /// expiry `deliverBy`).
    /// @param count The number of recipients.
    /// @param deliverBy Unix time after which the payment opens no lane.
    /// @param root The root of the tree of recipients.
    struct Terms {
        address sender;
        uint32 count;
        uint40 deliverBy;
        bytes32 root;
        Rate rate;
    }

    /// @notice One recipient's place in a payment, opened, with the verdict.
    /// @param use The lane that the payment opens; the contract does not examine it.
    /// @param siblings The path from the leaf to the root.
    /// @param signature By the recipient over `Verdict(bytes32 payment,uint256 index,string verdict)` where the
    /// verdict is "fine" or "spam" (EIP-712, or ERC-1271 for a contract). Not read when the recipient itself calls.
    struct Opening {
        uint256 index;
        address recipient;
        bytes32 use;
        bytes32 salt;
        bytes32[] siblings;
        Verdict verdict;
        bytes signature;
    }

    /// @notice Recipients of one payment.
    struct Batch {
        Terms terms;
        Opening[] openings;
    }

    /// @notice What has happened to a payment so far. Units that are neither fine nor spam are open.
    /// @param early One bit for each of the first 128 units: whether it is settled.
    /// @param returned How many of the fine units' bonds have gone back to the sender.
    /// @param isRefunded Whether the units left open have gone back.
    struct Ledger {
        uint128 early;
        uint32 fine;
        uint32 spam;
        uint32 returned;
        bool isPaid;
        bool isRefunded;
    }

    /// @notice The bounds of every payment. They never change.
    /// @param leastBase The least base of a rate, at least 1.
    /// @param mostBond The highest bond of a rate.
    /// @param mostTip The highest tip of a rate.
    /// @param operatorShare The operators' share of the base, in hundredths of a percent, at most 5,000.
    struct Floor {
        uint96 leastBase;
        uint96 mostBond;
        uint96 mostTip;
        uint16 operatorShare;
    }

    /// @notice `sender` made a payment, now at `leafIndex` of the note tree.
    /// @param payment The payment's identifier.
    /// @param sender Who paid.
    /// @param leafIndex Where its entry is in the note tree.
    /// @param terms The terms of the payment.
    event Paid(bytes32 indexed payment, address indexed sender, uint256 indexed leafIndex, Terms terms);

    /// @notice `recipient`, at `index` of a payment by `sender`, gave a verdict and got the tip.
    /// @notice A sender's burn ratio is counted from these.
    /// @param payment The payment's identifier.
    /// @param sender Who paid.
    /// @param recipient Whose letter it is.
    /// @param index The place of the recipient.
    /// @param verdict What the recipient says.
    event Settled(
        bytes32 indexed payment,
        address indexed sender,
        address indexed recipient,
        uint256 index,
        Verdict verdict
    );

    /// @notice `index` of a payment could not be settled among others, and is as it was: `settle` says why.
    /// @param payment The payment's identifier.
    /// @param index The place of the recipient.
    event PassedOver(bytes32 indexed payment, uint256 indexed index);

    /// @notice `amount` of a payment went back to its sender.
    /// @param payment The payment's identifier.
    /// @param sender Who paid.
    /// @param amount In the token's smallest unit.
    event Refunded(bytes32 indexed payment, address indexed sender, uint256 amount);

    /// @notice There is only class 1.
    /// @param number What was asked for.
    error PaymentsClassUnknown(uint256 number);

    /// @notice `field` of a payment, or of the floor, is `value`, which is not in `least`…`most`.
    error PaymentsOutOfRange(Field field, uint256 value, uint256 least, uint256 most);

    /// @notice The same sender has already made the same payment; other salts make it a different one.
    error PaymentsAlreadyMade(bytes32 payment);

    /// @notice Nobody has made a payment with these terms.
    error PaymentsUnknown(bytes32 payment);

    /// @notice The payment has only `count` recipients.
    error PaymentsIndexPastCount(uint256 index, uint256 count);

    /// @notice The path has `length` siblings; a tree for that many recipients has `depth` levels.
    error PaymentsPathWrong(uint256 length, uint256 depth);

    /// @notice What was opened is not at `index` in the payment.
    error PaymentsNotInRoot(bytes32 payment, uint256 index);

    /// @notice `recipient` neither called nor signed this verdict.
    error PaymentsVerdictNotSigned(address recipient);

    /// @notice `index` is already settled.
    error PaymentsAlreadySettled(bytes32 payment, uint256 index);

    /// @notice The time to settle ended at `end`.
    error PaymentsOver(bytes32 payment, uint256 end);

    /// @notice Nothing of the payment is due to its sender now.
    error PaymentsNothingDue(bytes32 payment);

    /// @notice Pays; the caller has allowed this contract to take `costOf(count, rate)`.
    /// @dev Reverts with `PaymentsOutOfRange`, `PaymentsAlreadyMade`, `FundsNotReceived`, `FundsNotDestroyed`,
    /// `EnforcedPause`, `ReentrancyGuardReentrantCall`, an error of the tree's `append`, or of the token.
    /// @param root Of the tree of recipients.
    /// @param count How many recipients.
    /// @param rate What is paid for each.
    /// @param deliverBy Unix time after which the payment opens no lane, at most 90 days from now.
    /// @return payment The identifier.
    function pay(bytes32 root, uint256 count, Rate calldata rate, uint256 deliverBy) external returns (bytes32 payment);

    /// @notice Pays like `pay`, after using the caller's permit, which may fail if the allowance is there.
    /// @dev Reverts with the errors of `pay`.
    /// @param root Of the tree of recipients.
    /// @param count How many recipients.
    /// @param rate What is paid for each.
    /// @param deliverBy Unix time after which the payment opens no lane, at most 90 days from now.
    /// @param permit By the caller, for exactly the cost.
    /// @return payment The identifier.
    function payWithPermit(
        bytes32 root,
        uint256 count,
        Rate calldata rate,
        uint256 deliverBy,
        IPostage.Permit calldata permit
    ) external returns (bytes32 payment);

    /// @notice Gives the verdict on one letter and pays its tip. The recipient, or anybody with its signature, until
    /// 14 days after `deliverBy`. Nobody gains by the verdict itself: the bond goes back or is burned.
    /// @dev Reverts with `PaymentsUnknown`, `PaymentsOver`, `PaymentsIndexPastCount`, `PaymentsPathWrong`,
    /// `PaymentsNotInRoot`, `PaymentsVerdictNotSigned`, `PaymentsAlreadySettled`, `FundsNotDestroyed`,
    /// `ReentrancyGuardReentrantCall`, or an error of the token.
    /// @param terms The terms of the payment.
    /// @param opening The recipient's place, opened, with the verdict.
    function settle(Terms calldata terms, Opening calldata opening) external;

    /// @notice Settles several units, of one payment or of many. What cannot be settled is passed over, each with a
    /// `PassedOver`, and changes nothing: what a stranger settled first, a payment that is over or was never made,
    /// another place or signature than the recipient's, a wallet that needs more than 400,000 gas to check one, a tip
    /// that the token refuses to pay or for which it needs more than 200,000. Who gives the call too little gas for
    /// these cannot have something passed over: it reverts.
    /// @dev Reverts with `BoundedCallGasTooLow`, `FundsNotDestroyed`, or `ReentrancyGuardReentrantCall`.
    /// @param batches Recipients and their verdicts, by payment.
    /// @return settled How many were settled by this call.
    function settleMany(Batch[] calldata batches) external returns (uint256 settled);

    /// @notice Sends a payment's sender what is due: the bonds of fine units at any time, and from 14 days after
    /// `deliverBy` the bonds and tips of all open units. Anybody may call; it cannot be paused.
    /// @dev Reverts with `PaymentsUnknown`, `PaymentsNothingDue`, `ReentrancyGuardReentrantCall`, or an error of the
    /// token.
    /// @param terms The terms of the payment.
    /// @return amount What went to the sender.
    function refund(Terms calldata terms) external returns (uint256 amount);

    /// @notice Stops new payments; settling and refunds go on. Only the owner.
    /// @dev Reverts with `OwnableUnauthorizedAccount`, or `EnforcedPause`.
    function pause() external;

    /// @notice Allows payments again. Only the owner.
    /// @dev Reverts with `OwnableUnauthorizedAccount`, or `ExpectedPause`.
    function unpause() external;

    /// @notice The token that is used to pay.
    /// @return The token.
    function token() external view returns (IERC20);

    /// @notice The tree that payments are entered into.
    /// @return The tree.
    function tree() external view returns (INoteTree);

    /// @notice How tokens are destroyed here.
    /// @return The way.
    function disposal() external view returns (IPostage.Disposal);

    /// @notice Where the operators' share of each base goes.
    /// @return The pool.
    function operatorPool() external view returns (address);

    /// @notice The bounds of every payment.
    /// @return The bounds.
    function floor() external view returns (Floor memory);

    /// @notice What `count` units cost.
    /// @dev Reverts with `PaymentsOutOfRange`.
    /// @param count How many recipients.
    /// @param rate What is paid for each.
    /// @return The sum, in the token's smallest unit.
    function costOf(uint256 count, Rate calldata rate) external pure returns (uint256);

    /// @notice The identifier of a payment with these terms, whether or not it was made.
    /// @param terms The terms of the payment.
    /// @return The identifier.
    function paymentOf(Terms calldata terms) external pure returns (bytes32);

    /// @notice What has happened to a payment.
    /// @param payment The payment's identifier.
    /// @return All zero if nobody has made it.
    function ledgerOf(bytes32 payment) external view returns (Ledger memory);

    /// @notice Whether a letter is settled.
    /// @param payment The payment's identifier.
    /// @param index The place of the recipient.
    /// @return Whether it is.
    function isSettled(bytes32 payment, uint256 index) external view returns (bool);
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteTree} from "./INoteTree.sol";

/// @title IPostage
/// @notice Sells stamps: tokens are destroyed, and a note that is good for that many tickets goes into the note tree.
interface IPostage {
    /// @notice How this deployment destroys tokens: with the token's own `burnFrom`, or by sending them to 0x…dEaD.
    enum Disposal {
        Burn,
        Bury
    }

    /// @notice A term of a class.
    enum Field {
        Price,
        UnitsPerTicket,
        LaneTtl,
        RootWindow,
        NoteTtl
    }

    /// @notice What a class of stamps costs and allows. It never changes.
    /// @param price Tokens per ticket, in the token's smallest unit.
    /// @param unitsPerTicket Units of the lane that one ticket opens; an envelope costs one per 4 KiB or part of it.
    /// @param laneTtl The longest life of a lane that a ticket opens, in seconds.
    /// @param rootWindow How long a superseded root of the tree is still accepted, in seconds.
    /// @param noteTtl How long after the purchase the note gives tickets, in seconds.
    struct Class {
        uint96 price;
        uint32 unitsPerTicket;
        uint32 laneTtl;
        uint32 rootWindow;
        uint32 noteTtl;
    }

    /// @notice An ERC-2612 signature by the buyer, for exactly the cost of the purchase.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice Stamps of class `class` can be bought.
    /// @param class The number of the class.
    /// @param classId What its notes carry.
    /// @param terms What it costs and allows.
    event ClassAdded(uint256 indexed class, uint256 indexed classId, Class terms);

    /// @notice Stamps of class `class` can no longer be bought; those already bought stay good.
    /// @param class The number of the class.
    event ClassClosed(uint256 indexed class);

    /// @notice `buyer` destroyed `cost` tokens for a note of `count` stamps, now at `leafIndex` of the tree.
    /// @param buyer Who paid.
    /// @param class The number of the class.
    /// @param leafIndex Where the note is in the tree.
    /// @param count How many stamps, 1…256.
    /// @param cost What was destroyed, in the token's smallest unit.
    event StampsBought(
        address indexed buyer,
        uint256 indexed class,
        uint256 indexed leafIndex,
        uint256 count,
        uint256 cost
    );

    /// @notice There is no class `class`.
    error PostageClassUnknown(uint256 class);

    /// @notice Class `class` is closed.
    error PostageClassClosed(uint256 class);

    /// @notice A new class's `field` has `value`, which is not in `least`…`most`.
    error PostageClassOutOfRange(Field field, uint256 value, uint256 least, uint256 most);

    /// @notice `count` is not in 1…256.
    error PostageCountOutOfRange(uint256 count);

    /// @notice The token destroyed `destroyed` of the buyer's tokens where `cost` was due.
    error PostageNotDestroyed(uint256 cost, uint256 destroyed);

    /// @notice Adds a class of stamps and opens it. Only the owner.
    /// @dev Reverts with `PostageClassOutOfRange`, or `OwnableUnauthorizedAccount`.
    /// @param terms What it costs and allows.
    /// @return class Its number; the first is 1.
    function addClass(Class calldata terms) external returns (uint256 class);

    /// @notice Ends the sale of a class, for good. Only the owner.
    /// @dev Reverts with `PostageClassUnknown`, `PostageClassClosed`, or `OwnableUnauthorizedAccount`.
    /// @param class The number of the class.
    function closeClass(uint256 class) external;

    /// @notice Buys one note of `count` stamps; the caller has allowed this contract to take the cost.
    /// @dev Reverts with `PostageClassUnknown`, `PostageClassClosed`, `PostageCountOutOfRange`, `PostageNotDestroyed`,
    /// `EnforcedPause`, an error of the tree's `append`, or of the token.
    /// @param class The number of the class.
    /// @param commitment The note's commitment, made by the buyer's client from secrets that never leave it.
    /// @param count How many stamps, 1…256; the note's limit.
    /// @return leafIndex Where the note is in the tree.
    function buy(uint256 class, uint256 commitment, uint256 count) external returns (uint256 leafIndex);

    /// @notice Buys like `buy`, after using the caller's permit.
    /// @notice A permit that fails is ignored: a stranger who submits it first has set the very allowance it grants,
    /// and must not make the purchase fail.
    /// @dev Reverts with the errors of `buy`.
    /// @param class The number of the class.
    /// @param commitment The note's commitment.
    /// @param count How many stamps, 1…256.
    /// @param permit By the caller, for exactly the cost.
    /// @return leafIndex Where the note is in the tree.
    function buyWithPermit(
        uint256 class,
        uint256 commitment,
        uint256 count,
        Permit calldata permit
    ) external returns (uint256 leafIndex);

    /// @notice Stops purchases. Nothing that was bought is touched. Only the owner.
    /// @dev Reverts with `OwnableUnauthorizedAccount`, or `EnforcedPause`.
    function pause() external;

    /// @notice Allows purchases again. Only the owner.
    /// @dev Reverts with `OwnableUnauthorizedAccount`, or `ExpectedPause`.
    function unpause() external;

    /// @notice The token that stamps are paid in.
    /// @return The token.
    function token() external view returns (IERC20);

    /// @notice The tree that notes go into.
    /// @return The tree.
    function tree() external view returns (INoteTree);

    /// @notice How tokens are destroyed here.
    /// @return The way.
    function disposal() external view returns (Disposal);

    /// @notice The number of classes; they are numbered 1…classCount.
    /// @return The number of classes.
    function classCount() external view returns (uint256);

    /// @notice The terms of a class, open or closed.
    /// @dev Reverts with `PostageClassUnknown`.
    /// @param class The number of the class.
    /// @return terms What it costs and allows.
    function classOf(uint256 class) external view returns (Class memory terms);

    /// @notice Whether a class is closed to purchases.
    /// @dev Reverts with `PostageClassUnknown`.
    /// @param class The number of the class.
    /// @return Whether it is.
    function isClosed(uint256 class) external view returns (bool);

    /// @notice The identifier that the notes of a class carry.
    /// @dev Reverts with `PostageClassUnknown`.
    /// @param class The number of the class.
    /// @return The identifier.
    function classIdOf(uint256 class) external view returns (uint256);

    /// @notice What `count` stamps of a class cost.
    /// @dev Reverts with `PostageClassUnknown`, or `PostageCountOutOfRange`.
    /// @param class The number of the class.
    /// @param count How many stamps, 1…256.
    /// @return The price of all, in the token's smallest unit.
    function costOf(uint256 class, uint256 count) external view returns (uint256);
}

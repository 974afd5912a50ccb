// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC5192} from "./IERC5192.sol";
import {IPostage} from "./IPostage.sol";

/// @title INotice
/// @notice Tells an address that has never used the product that encrypted mail is waiting: an ERC-721 token that
/// cannot be transferred, one per address, whose identifier is the address. What it shows is made here: no word, link
/// or picture is the sender's.
interface INotice is IERC721Metadata, IERC5192 {
    /// @notice What an address was told. The first and last times are unix seconds.
    struct Mail {
        uint32 count;
        uint40 firstAt;
        uint40 lastAt;
        bool isHeld;
        bool isOptedOut;
    }

    /// @notice `sender` paid to tell `recipient`, for the `count`th time.
    /// @param sender Who paid.
    /// @param recipient Who is told.
    /// @param count How many notices it has had.
    event Notified(address indexed sender, address indexed recipient, uint256 count);

    /// @notice `recipient` wants no more notices, and its token is burned.
    /// @param recipient Who is told.
    event OptedOut(address indexed recipient);

    /// @notice `recipient` accepts notices again.
    /// @param recipient Who is told.
    event OptedIn(address indexed recipient);

    /// @notice The zero address cannot be notified.
    error NoticeRecipientWrong(address recipient);

    /// @notice `recipient` wants no notices.
    error NoticeRefused(address recipient);

    /// @notice `account` has not opted out.
    error NoticeNotOptedOut(address account);

    /// @notice Notices cannot be transferred or approved.
    error NoticeBound(uint256 tokenId);

    /// @notice There is no such token.
    error NoticeUnknown(uint256 tokenId);

    /// @notice The price has to be at least 1.
    error NoticePriceWrong();

    /// @notice Tells `recipient`; the caller has allowed this contract to take the price, which is destroyed. The
    /// first notice mints the token, later ones only count.
    /// @dev Reverts with `NoticeRecipientWrong`, `NoticeRefused`, `FundsNotDestroyed`, `EnforcedPause`, or an error of
    /// the token.
    /// @param recipient Who is told.
    /// @return count How many notices the recipient has had, this one included.
    function notify(address recipient) external returns (uint256 count);

    /// @notice Tells like `notify`, after using the caller's permit, which may fail if the allowance is there.
    /// @dev Reverts with the errors of `notify`.
    /// @param recipient Who is told.
    /// @param permit By the caller, for exactly the price.
    /// @return count How many notices the recipient has had, this one included.
    function notifyWithPermit(address recipient, IPostage.Permit calldata permit) external returns (uint256 count);

    /// @notice Refuses all further notices, also before the first one, and burns the caller's token if it has one.
    /// Cannot be paused.
    /// @dev Reverts with `NoticeRefused`.
    function optOut() external;

    /// @notice Reverses the caller's opt-out. Cannot be paused.
    /// @dev Reverts with `NoticeNotOptedOut`.
    function optIn() external;

    /// @notice Stops new notices. Only the owner.
    /// @dev Reverts with `OwnableUnauthorizedAccount`, or `EnforcedPause`.
    function pause() external;

    /// @notice Lets notices be sent again. Only the owner.
    /// @dev Reverts with `OwnableUnauthorizedAccount`, or `ExpectedPause`.
    function unpause() external;

    /// @notice The token that is used to pay.
    /// @return The token.
    function token() external view returns (IERC20);

    /// @notice How tokens are destroyed here.
    /// @return The way.
    function disposal() external view returns (IPostage.Disposal);

    /// @notice What a notice costs.
    /// @return The price, in the token's smallest unit.
    function price() external view returns (uint256);

    /// @notice What an address was told.
    /// @param recipient Who is told.
    /// @return All zero if it was never told and has not opted out.
    function mailOf(address recipient) external view returns (Mail memory);
}

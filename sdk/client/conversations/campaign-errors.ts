import { BaseError } from '../../errors.ts'

/** What a campaign was asked for contradicts itself. */
export class CampaignMalformedError extends BaseError {
  override readonly code = 'campaign.malformed'
}

/** Another run of the same campaign is under way. */
export class CampaignRunningError extends BaseError {
  override readonly code = 'campaign.running'
}
